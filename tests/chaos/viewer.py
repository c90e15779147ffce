"""One viewer, who opens a new connection whenever the old one ends."""

import time
from contextlib import aclosing

import trio

from tests.chaos.judge import Judge, Sight
from tests.chaos.watching import KINDS, NoPictureError

AGAIN = 0.2  # seconds between two connections
CONNECTED = 5.0  # seconds that a connection may take
#: What the end of a connection, or of the server, looks like from outside.
ENDS = (
    OSError,
    EOFError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    trio.TooSlowError,
    NoPictureError,
)


class Viewer:
    """Watches as long as `watch` runs.

    port: where it connects, on 127.0.0.1
    """

    def __init__(self, judge: Judge, sight: Sight, port: int) -> None:
        self.sight = sight
        self._judge = judge
        self._port = port
        self._stream: trio.SocketStream | None = None
        self._resumed = trio.Event()
        self._resumed.set()
        self._news = trio.Event()

    async def watch(self) -> None:
        while True:
            try:
                await self._watch_once()
            except ENDS:
                await trio.sleep(AGAIN)
            except AssertionError as error:
                self._judge.faults.append(f"{self.sight}: {error}")
                await trio.sleep(AGAIN)

    async def _watch_once(self) -> None:
        with trio.fail_after(CONNECTED):
            stream = await trio.open_tcp_stream("127.0.0.1", self._port)
        self._stream = stream
        pictures = KINDS[self.sight.kind](stream, self.sight.camera)
        async with stream, aclosing(pictures):
            async for picture in pictures:
                await self._resumed.wait()
                self._judge.look(self.sight, picture)
                self._news.set()
                self._news = trio.Event()

    async def picture(self) -> None:
        """Wait for a picture that is taken from now on."""
        now = time.monotonic()
        while self.sight.latest is None or self.sight.latest.taken_at < now:
            await self._news.wait()

    def stop_reading(self) -> None:
        self._resumed = trio.Event()

    def resume(self) -> None:
        self._resumed.set()

    def leave(self) -> None:
        """End the connection at once; it will open another."""
        if self._stream is not None:
            self._stream.socket.close()
