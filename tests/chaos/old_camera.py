"""A camera of the oldest kind: it never reads, answers no ping, offers no subprotocol."""

import trio

from camserve.wire import ClientConnection
from tests.links.stamped import StampedSource
from tests.raw_websocket import RawWebSocket, frame, handshake

PERIOD = 0.1  # seconds between two pictures
AGAIN = 0.3  # seconds between two connections


class OldCamera:
    """Sends pictures on the HTTP port as long as `publish` runs."""

    def __init__(self, port: int, camera_id: int, token: str, source: StampedSource) -> None:
        self._port = port
        self._identity = (camera_id, token)
        self._source = source
        self._stream: trio.SocketStream | None = None
        self._resumed = trio.Event()
        self._resumed.set()

    async def publish(self) -> None:
        while True:
            try:
                await self._publish_once()
            except (OSError, trio.BrokenResourceError, trio.ClosedResourceError):
                await trio.sleep(AGAIN)

    async def _publish_once(self) -> None:
        self._stream = await trio.open_tcp_stream("127.0.0.1", self._port)
        wire = ClientConnection()
        async with self._stream as stream:
            await RawWebSocket(stream).shake_hands(handshake())
            await stream.send_all(frame(wire.send_hello(*self._identity)))
            while True:
                await self._resumed.wait()
                picture = self._source.read().encode(80)
                await stream.send_all(frame(wire.send_frame(picture)))
                await trio.sleep(PERIOD)

    def vanish(self) -> None:
        """Gone without a word; another connection follows."""
        if self._stream is not None:
            self._stream.socket.close()

    def stop(self) -> None:
        self._resumed = trio.Event()

    def resume(self) -> None:
        self._resumed.set()
