"""Accepted connections and the other ends of them, on real sockets, plain or with TLS."""

import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio

from camserve.net.certificate import Certificate
from camserve.net.stream import ConnectionStream
from camserve.net.tls import TlsStream
from tests.certificates import secured

TIMEOUT = 10.0  # seconds; far more than anything here takes
MUCH = bytes(20_000_000)  # more than both kernels take
SMALL = 4096  # bytes of a client's window
#: With these, connections have TLS; see conftest.py.
CERTIFICATE: Certificate | None = None
TRUSTING: ssl.SSLContext | None = None


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
            tcp = await listener.accept()
            if CERTIFICATE is None or TRUSTING is None:
                async with ConnectionStream(tcp, stall_timeout=stall_timeout) as stream:
                    yield stream, client
                return
            async with TlsStream(tcp, CERTIFICATE, stall_timeout=stall_timeout) as stream:
                async with trio.open_nursery() as nursery:
                    nursery.start_soon(stream.begin)
                    secure = await secured(client, TRUSTING)
                # TLS has sent something, too; left unread it would make a reset of our close.
                await stream.send_all(b"!")
                assert await secure.receive_some() == b"!"
                yield stream, secure


async def receive_all(stream: trio.SocketStream, count: int) -> bytes:
    received = bytearray()
    with trio.fail_after(TIMEOUT):
        while len(received) < count:
            data = await stream.receive_some()
            assert data, "the connection ended"
            received += data
    return bytes(received)
