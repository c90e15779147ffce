"""Connections by the thousand that never get to the point."""

from collections.abc import Sequence
from itertools import cycle, islice

import trio

from tests.camserve.web.multipart import CONTENT_TYPE, part
from tests.raw_websocket import handshake

STEP = 0.5  # seconds between two bytes of a slow one
#: Begun, and never ended: the head of a request, a form, a camera's hello.
SLOW = [
    b"GET /cameras HTTP/1.1\r\nHost: test\r\nX: ",
    b"POST /update-image HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n"
    b"Content-Type: " + CONTENT_TYPE.encode() + b"\r\n\r\n" + part("cameraId", "1"),
    b"POST /login HTTP/1.1\r\nHost: test\r\nContent-Length: 100000\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\npassword=",
    handshake(),
    handshake()[:-10],
    b"",
]


class Crowd:
    """ports: on each are as many; many_addresses: each comes from an address of its own"""

    def __init__(self, ports: Sequence[int], *, many_addresses: bool) -> None:
        self._ports = ports
        self._many_addresses = many_addresses
        self._came = 0
        self.open = 0

    async def come(self, idle: int, slow: int, nursery: trio.Nursery) -> None:
        """So many of each on each port, until the nursery is cancelled; returns when all are in."""
        for port in self._ports:
            for _ in range(idle):
                nursery.start_soon(self._hold, await self._connected(port))
            for said in islice(cycle(SLOW), slow):
                await nursery.start(self._dawdle, port, said)

    async def _connected(self, port: int) -> trio.SocketStream:
        self._came += 1
        number = self._came if self._many_addresses else 0
        source = f"127.1.{number // 250}.{number % 250 + 1}"
        return await trio.open_tcp_stream("127.0.0.1", port, local_address=source)

    async def _hold(self, stream: trio.SocketStream) -> None:
        self.open += 1
        async with stream:
            try:
                await stream.receive_some()
            except trio.BrokenResourceError:
                pass
            finally:
                self.open -= 1

    async def _dawdle(self, port: int, said: bytes, task_status: trio.TaskStatus[None]) -> None:
        """Come again whenever it is sent away."""
        while True:
            async with await self._connected(port) as stream:
                task_status.started()
                task_status = trio.TASK_STATUS_IGNORED
                try:
                    await stream.send_all(said)
                    while True:
                        with trio.move_on_after(STEP):
                            await stream.receive_some()
                            break
                        await stream.send_all(b"x")
                except trio.BrokenResourceError:
                    pass
            await trio.sleep(STEP)
