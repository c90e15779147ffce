"""Accepted connections and the other ends of them, on real sockets."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from camserve.net.stream import ConnectionStream

TIMEOUT = 10.0  # seconds; far more than anything here takes
MUCH = bytes(20_000_000)  # more than both kernels take
SMALL = 4096  # bytes of a client's window


@asynccontextmanager
async def accepted(
    *, stall_timeout: float = TIMEOUT, window: int | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[tuple[ConnectionStream, trio.SocketStream]]:
    """A connection as the server has it, and the client's end.

    window: bytes that the client's kernel takes while nobody reads; about that
    """
    (listener,) = await trio.open_tcp_listeners(0, host=host)
    async with listener:
        connected = trio.socket.socket(listener.socket.family)
        if window is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        await connected.connect(listener.socket.getsockname())
        async with trio.SocketStream(connected) as client:
            stream = ConnectionStream(await listener.accept(), stall_timeout=stall_timeout)
            async with stream:
                yield stream, client


async def receive_all(stream: trio.SocketStream, count: int) -> bytes:
    received = bytearray()
    with trio.fail_after(TIMEOUT):
        while len(received) < count:
            data = await stream.receive_some()
            assert data, "the connection ended"
            received += data
    return bytes(received)
