"""A viewer beside the server, which looks at how old each picture is when it comes."""

import json
import struct
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

import trio
import trio_websocket
import wsproto

from tests.links.stamped import Stamp, read_stamp

AGAIN = 0.1  # seconds, between two tries while there is no server

Opener = Callable[[], Awaitable[trio.SocketStream]]


class Seen(NamedTuple):
    """at: monotonic, seconds; size: bytes."""

    at: float
    stamp: Stamp
    size: int

    @property
    def age(self) -> float:
        """Seconds from the camera to the viewer."""
        return self.at - self.stamp.taken_at


class Viewer:
    """Watches one camera as long as `watch` runs, over restarts of the server too.

    Attributes:
        seen: all pictures, in the order in which they came.
    """

    def __init__(self, opener: Opener, camera_id: int = 1) -> None:
        self.seen = list[Seen]()
        self._opener = opener
        self._camera_id = camera_id
        self._news = trio.Event()

    async def watch(self) -> None:
        while True:
            try:
                await self._watch_once()
            except* (OSError, trio_websocket.HandshakeError, trio_websocket.ConnectionClosed):
                await trio.sleep(AGAIN)
            except* (trio.BrokenResourceError, wsproto.utilities.LocalProtocolError):
                await trio.sleep(AGAIN)

    async def picture(
        self, wanted: Callable[[Seen], object] = bool, *, taken_after: float | None = None
    ) -> Seen:
        """Wait for the next picture that is wanted.

        taken_after: monotonic; default: now
        """
        limit = time.monotonic() if taken_after is None else taken_after
        start = len(self.seen)
        while True:
            for seen in self.seen[start:]:
                start += 1
                if seen.stamp.taken_at >= limit and wanted(seen):
                    return seen
            await self._news.wait()

    async def pictures(self, seconds: float) -> list[Seen]:
        """All that come within so many seconds from now."""
        start = len(self.seen)
        await trio.sleep(seconds)
        return self.seen[start:]

    async def _watch_once(self) -> None:
        async with await self._opener() as stream, trio.open_nursery() as nursery:
            socket = await trio_websocket.wrap_client_stream(
                nursery, stream, "server", "/video-output-stream"
            )
            info = json.dumps({"token": "", "cameraId": self._camera_id}).encode()
            await socket.send_message(struct.pack("<i", len(info)) + info)
            while True:
                picture = await socket.get_message()
                assert isinstance(picture, bytes)
                self.seen.append(Seen(time.monotonic(), read_stamp(picture), len(picture)))
                self._news.set()
                self._news = trio.Event()


def opener(port: int) -> Opener:
    """Opens connections to a server on this computer."""

    async def open_stream() -> trio.SocketStream:
        return await trio.open_tcp_stream("127.0.0.1", port)

    return open_stream
