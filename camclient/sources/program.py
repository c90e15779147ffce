"""`exec:COMMAND`: a program that writes JPEG after JPEG to its standard output.

`rpicam-vid`, `ffmpeg` and `gphoto2` do, and for the Pi's camera modules this is the cheapest way:
the program compresses, and here each picture is only found and passed on.
"""

import shlex
import shutil
import threading
import time
from collections.abc import Callable

from camclient.sources import SourceOptions
from camclient.sources.child import Child, WokenError
from camclient.sources.pacing import Throttle
from camclient.sources.packets import jpeg_capture
from camclient.sources.source import Capture, EndedWellError, InvalidSourceError, SourceError
from camclient.sources.splitter import JpegSplitter

PREFIX = "exec:"
#: A program that has written so much without a picture will not write one: its format is another.
MAX_PREAMBLE_BYTES = 4 << 20


class ProgramSource:
    """One program, started by `open()` and ended, with all that it started, by `close()`.

    Args:
        words: the program and its arguments.
    """

    pace = None  # the program sets it

    def __init__(
        self,
        words: list[str],
        options: SourceOptions,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = PREFIX + words[0]
        self._words = words
        self._options = options
        self._throttle = Throttle(options.fps, clock)
        self._lock = threading.Lock()  # between interrupt() and the end of the child
        self._child: Child | None = None

    def open(self) -> None:
        child = start(self._words)
        self._splitter = JpegSplitter()
        self._number = 0
        self._throttle.restart()  # its first picture may be its only one
        with self._lock:
            self._child = child

    def read(self) -> Capture:
        assert self._child is not None
        while True:
            newest = self._newest()
            if newest is not None and self._throttle.keep():
                return jpeg_capture(newest, self._options, self._number)
            try:
                data = self._child.read()
            except WokenError:
                raise SourceError(f"{self._words[0]} was interrupted") from None
            if not data:
                raise self._ended(self._child.ending())
            self._splitter.receive_data(data)

    def limit(self, fps: float | None) -> None:
        self._throttle.limit(min(filter(None, (fps, self._options.fps)), default=None))

    def interrupt(self) -> None:
        with self._lock:
            if self._child is not None:
                self._child.wake()

    def close(self) -> None:
        with self._lock:
            child, self._child = self._child, None
        if child is not None:
            child.close()

    def _ended(self, how: str) -> SourceError:
        """how: in the words of `Child.ending()`.

        Only with status 0 the pictures are counted. After a crash there is another number each
        time, and the log would tell the same fault again and again.
        """
        program = self._words[0]
        if not self._number or not how.startswith("ended with status 0"):
            return SourceError(f"{program} {how}")
        pictures = "1 picture" if self._number == 1 else f"{self._number} pictures"
        return EndedWellError(f"{program} gave {pictures}, then {how}")

    def _newest(self) -> bytes | None:
        """The last of the pictures that came; the others are older, and nobody wants them."""
        newest = None
        while (frame := self._splitter.next_frame()) is not None:
            newest = frame
            self._number += 1
        if not self._number and self._splitter.skipped_bytes > MAX_PREAMBLE_BYTES:
            raise SourceError(f"{self._words[0]} writes something else than JPEGs (MJPEG)")
        return newest


def start(words: list[str]) -> Child:
    """Start a program. Raises: SourceError, with what a person can do about it."""
    program = words[0]
    try:
        return Child(words)
    except FileNotFoundError:
        if shutil.which(program):
            raise SourceError(f"{program} is a script for an interpreter that is missing") from None
        raise SourceError(f"there is no program {program} (is it installed?)") from None
    except PermissionError:
        raise SourceError(f"no permission to run {program}") from None
    except OSError as error:
        raise SourceError(f"{program} cannot be started: {error.strerror or error}") from error


def program_source(spec: str, options: SourceOptions) -> ProgramSource:
    """The source for `exec:COMMAND`. Raises: InvalidSourceError."""
    command = spec.removeprefix(PREFIX)
    try:
        words = shlex.split(command)
    except ValueError as error:  # "No closing quotation"
        raise InvalidSourceError(
            f"expected {PREFIX} and a command, quoted as for a shell: {str(error).lower()}"
        ) from None
    if not words or not words[0] or "\0" in command:
        raise InvalidSourceError(f"expected a command after {PREFIX}")
    return ProgramSource(words, options)
