"""The server's own camera, for `GET /image`: opened when somebody asks, and let go of again."""

import trio

from camclient.capture import capture
from camclient.latest import LatestSlot
from camclient.sources import Capture, InvalidSourceError, Source, SourceError, parse_source
from camserve.web import LocalCameraError

PICTURE_TIMEOUT = 5.0  # seconds to open the camera and take a picture
KEEP_OPEN = 10.0  # seconds after the last request: the next one is answered faster
QUALITY = 80  # of the JPEG, 1 to 100


class LocalCamera:
    """One source that is read only while somebody wants its pictures.

    Raises:
        InvalidSourceError: `spec` is no source.
    """

    def __init__(self, spec: str) -> None:
        parse_source(spec)  # whether it is one
        self._spec = spec
        self._slot: LatestSlot[Capture] = LatestSlot()
        self._wanted = trio.Event()
        self._open_until = -float("inf")  # trio's clock
        self._reading = trio.CancelScope()
        self._taking = trio.Lock()

    async def run(self) -> None:
        """Serve `take` until cancelled."""
        while True:
            await self._wanted.wait()
            with trio.CancelScope(deadline=self._open_until) as self._reading:
                # A fresh one each time: the last one's thread may hang in it.
                await capture(self._source(), self._slot, another=self._source)
            self._slot.clear()
            # Somebody may have asked while the camera was being let go of.
            if self._open_until <= trio.current_time():
                self._wanted = trio.Event()

    def _source(self) -> Source:
        return parse_source(self._spec)

    async def take(self) -> bytes:
        """Take a picture: one complete JPEG, taken after the call.

        Raises:
            LocalCameraError: the camera cannot be read.
        """
        with trio.move_on_after(PICTURE_TIMEOUT):
            async with self._taking:
                self._open_until = trio.current_time() + PICTURE_TIMEOUT + KEEP_OPEN
                self._reading.deadline = self._open_until
                self._wanted.set()
                self._slot.clear()
                picture = await self._slot.get()
            try:
                return await trio.to_thread.run_sync(picture.encode, QUALITY)
            except SourceError as error:
                raise LocalCameraError(f"The server's camera failed: {error}") from error
        raise LocalCameraError("The server's camera cannot be read")


def local_camera(spec: str) -> LocalCamera:
    """The local camera that `--local-camera` means.

    Raises:
        InvalidSourceError: it means none; the message says what was expected.
    """
    try:
        return LocalCamera(spec)
    except InvalidSourceError as error:
        raise InvalidSourceError(f"--local-camera: {error}") from error
