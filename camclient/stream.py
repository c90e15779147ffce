"""The stream under the WebSocket, owned by us from connect to close.

It also fills two gaps of the trio-websocket client. Nothing wakes the client's handshake when the
server hangs up during it. And when sending fails, the client stops reading, so the close frame that
says why ("Invalid token") would stay unread in the kernel.

And it knows what TCP knows of the other side: what arrived there, and what has not yet.
"""

import errno
import fcntl
import socket
import ssl
import struct
import sys
import termios
from math import inf

import trio

from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError, reason_for_no_tcp, reason_for_no_tls

TRY_INTERVAL = 2.0  # seconds between two tries of TCP side by side
#: How long a failed send waits for the reader to find the server's close frame.
LAST_WORDS = 1.0  # seconds
#: That less than this could be sent says nothing: there is always a buffer with so much room.
TELLING = 1000  # bytes
#: Where tcpi_bytes_acked stands in struct tcp_info.
BYTES_ACKED = struct.Struct("=120xQ")


class WatchedStream(trio.abc.Stream):
    """Passes everything on, and knows how the other side is doing.

    Args:
        tcp: what is below `stream`; None: no TCP, or nobody knows.

    Attributes:
        ended: set when nothing more will ever be received.
        received_at: when something came the last time, in trio's time.
    """

    def __init__(self, stream: trio.abc.Stream, tcp: trio.socket.SocketType | None = None) -> None:
        self._stream = stream
        self._tcp = tcp
        self._pieces = 0  # that were sent and are too large to say nothing
        self.received_at = -inf
        self.ended = trio.Event()

    @property
    def arrived(self) -> int:
        """Rises when the other side's TCP has got more of what was sent."""
        nbytes = None if self._tcp is None else bytes_acknowledged(self._tcp)
        return self._pieces if nbytes is None else nbytes

    @property
    def unacknowledged(self) -> int | None:
        """Bytes that the other side's TCP does not have yet; None: unknown."""
        return None if self._tcp is None else bytes_unacknowledged(self._tcp)

    @property
    def has_lost_address(self) -> bool:
        """The address of this side is none of this computer any more."""
        return self._tcp is not None and has_lost_address(self._tcp)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        try:
            await self._stream.send_all(data)
            self._pieces += len(data) >= TELLING
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
        self.received_at = trio.current_time()
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
        tcp = await open_tcp(endpoint.host, endpoint.port)
    except OSError as error:
        raise ConnectionLostError(f"cannot connect: {reason_for_no_tcp(error)}") from error
    except UnicodeError as error:  # out of getaddrinfo(): no name in DNS can look like this
        raise ConnectionLostError(f"cannot connect: {endpoint.host!r} is no host name") from error
    if not endpoint.tls:
        return WatchedStream(tcp, tcp.socket)
    context = ssl_context or ssl.create_default_context()
    name = endpoint.name or endpoint.host
    tls = trio.SSLStream(tcp, context, server_hostname=name, https_compatible=True)
    try:
        await tls.do_handshake()
    except BaseException as error:
        await trio.aclose_forcefully(tls)
        if isinstance(error, trio.BrokenResourceError):
            raise ConnectionLostError(f"cannot connect: {reason_for_no_tls(error)}") from error
        raise
    return WatchedStream(tls, tcp.socket)


async def open_tcp(host: str, port: int) -> trio.SocketStream:
    """Like `trio.open_tcp_stream`, but with one more try beside the others every two seconds.

    TCP repeats what was lost after 1, 2, 4, 8 s and so on. A link that comes back in the middle of
    such a pause is used at once only by who begins anew. This holds for the resolver too.

    Raises:
        OSError, UnicodeError: one of the tries failed.
    """
    won, problems = list[trio.SocketStream](), list[Exception]()

    async def try_once() -> None:
        try:
            won.append(await trio.open_tcp_stream(host, port))
        except (OSError, UnicodeError) as error:
            problems.append(error)
        nursery.cancel_scope.cancel()

    async def try_again() -> None:
        while True:
            await trio.sleep(TRY_INTERVAL)
            nursery.start_soon(try_once)

    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(try_once)
            nursery.start_soon(try_again)
        if won:
            return won.pop(0)
        raise problems[0]
    finally:
        for late in won:  # two at once, or cancelled in the moment of success
            await trio.aclose_forcefully(late)


def has_lost_address(tcp: trio.socket.SocketType) -> bool:
    """Whether the local address of this connection is none of this computer any more."""
    host, _, *scope = tcp.getsockname()
    with socket.socket(tcp.family, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0, *scope))
        except OSError as error:
            return bool(error.errno == errno.EADDRNOTAVAIL)
    return False


def bytes_unacknowledged(tcp: trio.socket.SocketType) -> int | None:
    """What was written to the socket and has not arrived, sent or not: SIOCOUTQ, see tcp(7).

    None: this system does not say, or the socket is closed.
    """
    try:
        answer = fcntl.ioctl(tcp.fileno(), termios.TIOCOUTQ, bytes(4))
    except (OSError, ValueError):
        return None
    return int.from_bytes(answer, sys.byteorder)


def bytes_acknowledged(tcp: trio.socket.SocketType) -> int | None:
    """What has arrived on the other side in all: tcpi_bytes_acked, Linux 4.1 (linux/tcp.h).

    None: this system does not say, or the socket is closed.
    """
    if sys.platform != "linux":
        return None
    try:
        info = tcp.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, BYTES_ACKED.size)
    except OSError:
        return None
    if len(info) < BYTES_ACKED.size:
        return None
    acknowledged: int = BYTES_ACKED.unpack(info)[0]
    return acknowledged
