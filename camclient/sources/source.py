"""What every source of pictures offers: open, read and close, all of them blocking."""

from typing import Protocol


class SourceError(Exception):
    """The source cannot be opened, ended or broke; the message is one line, fit for a person.

    Trying again later may help: cameras are plugged in, networks return.
    """


class EndedWellError(SourceError):
    """It gave pictures and ended as if that were all, as the player of a file does.

    Attributes:
        hint: what to do about it; one line.
    """

    hint = (
        "a program that ends is started again; for a file use --source FILE, "
        "or ffmpeg's -stream_loop -1"
    )


class InvalidSourceError(ValueError):
    """What was asked for is no source; the message says what was expected. Retrying is no use."""


class MissingOpenCVError(InvalidSourceError):
    """This source needs OpenCV, and Python cannot import it."""


class Capture(Protocol):
    """One picture as it came from the source, not yet a JPEG."""

    @property
    def quick(self) -> bool:
        """`encode()` passes on what came: quality and width change nothing, no thread is needed."""

    def encode(self, quality: int, width: int = 0) -> bytes:
        """Make one complete JPEG, SOI to EOI.

        A picture that came as a JPEG, and that nobody asked to change, is given as it came.

        Unless it is `quick`, this takes milliseconds of CPU: call it off the event loop, and only
        for a picture that is really sent. Safe in any thread, also while the source reads on.

        Args:
            quality: 1 (smallest) to 100 (best), the JPEG library's scale.
            width: the most pixels that anybody wants now, 0 for all; only a picture that is
                encoded anyway is scaled down to it.

        Raises:
            SourceError: this picture cannot be encoded; the next one may.
        """


class Source(Protocol):
    """A camera, a file, a stream or a drawing. All methods are called from one thread at a time.

    After `close()` it can be opened again. `close()` twice, or without `open()`, does nothing.
    """

    @property
    def name(self) -> str:
        """What a log line calls it, e.g. `/dev/video0`."""

    @property
    def pace(self) -> float | None:
        """How often `read()` should be called, in pictures per second; valid after `open()`.

        None: as soon as it returns, because the camera itself sets the pace.
        """

    def open(self) -> None:
        """Take hold of the camera, file or stream.

        Raises:
            SourceError: it is not there, is in use, or gives no pictures.
        """

    def read(self) -> Capture:
        """Give the next picture, and wait for it if the source is a camera.

        Raises:
            SourceError: it ended or broke; close it before trying again.
        """

    def limit(self, fps: float | None) -> None:
        """At most this many pictures per second from now on; None: as it was when it was made.

        Never more than it was made for. Any thread may call it, at any time; it holds from the
        next picture on, also after another `open()`.
        """

    def interrupt(self) -> None:
        """Let a `read()` that waits in another thread return or raise soon, if that can be done.

        Any thread may call it, at any time. The source is closed next.
        """

    def close(self) -> None:
        """Let go of it, so that another program can use it. Never raises."""
