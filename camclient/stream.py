"""The stream under the WebSocket, owned by us from connect to close.

It also fills two gaps of the trio-websocket client. Nothing wakes the client's handshake when the
server hangs up during it. And when sending fails, the client stops reading, so the close frame that
says why ("Invalid token") would stay unread in the kernel.
"""

import ssl

import trio

from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError, reason_for_no_tcp, reason_for_no_tls

#: How long a failed send waits for the reader to find the server's close frame.
LAST_WORDS = 1.0  # seconds


class WatchedStream(trio.abc.Stream):
    """Passes everything on, and knows when the other side has ended.

    Attributes:
        ended: set when nothing more will ever be received.
    """

    def __init__(self, stream: trio.abc.Stream) -> None:
        self._stream = stream
        self.ended = trio.Event()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        try:
            await self._stream.send_all(data)
        except trio.BrokenResourceError:
            with trio.move_on_after(LAST_WORDS):
                await self.ended.wait()
            raise

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        try:
            data = await self._stream.receive_some(max_bytes)
        except (trio.BrokenResourceError, trio.ClosedResourceError):
            self.ended.set()
            raise
        if not data:
            self.ended.set()
        return data

    async def aclose(self) -> None:
        """Close without ceremony: TLS's farewell would wait for a server that may be gone."""
        self.ended.set()
        await trio.aclose_forcefully(self._stream)


async def connect(endpoint: Endpoint, ssl_context: ssl.SSLContext | None) -> WatchedStream:
    """Open TCP, and TLS for `wss`. Cancelled: nothing stays open.

    ssl_context: default: the system's authorities, and the server's name is verified.

    Raises:
        ConnectionLostError: there is no such host, nobody listens, or TLS fails.
    """
    try:
        tcp = await trio.open_tcp_stream(endpoint.host, endpoint.port)
    except OSError as error:
        raise ConnectionLostError(f"cannot connect: {reason_for_no_tcp(error)}") from error
    except UnicodeError as error:  # out of getaddrinfo(): no name in DNS can look like this
        raise ConnectionLostError(f"cannot connect: {endpoint.host!r} is no host name") from error
    if not endpoint.tls:
        return WatchedStream(tcp)
    context = ssl_context or ssl.create_default_context()
    tls = trio.SSLStream(tcp, context, server_hostname=endpoint.host, https_compatible=True)
    try:
        await tls.do_handshake()
    except BaseException as error:
        await trio.aclose_forcefully(tls)
        if isinstance(error, trio.BrokenResourceError):
            raise ConnectionLostError(f"cannot connect: {reason_for_no_tls(error)}") from error
        raise
    return WatchedStream(tls)
