"""The byte stream of one accepted connection, with an end to every wait for the other side.

Both libraries above it (hypercorn, trio-websocket) may wait for ever in a send, hypercorn even
under a shield. So the deadline stands here, below them: who takes nothing at all for
`stall_timeout` seconds is cut. Progress counts, not speed: as long as 16 KiB leave in that time
(the kernel calls a socket writable in such steps, see TCP_NOTSENT_LOWAT), nobody is.

A stream has one sender at a time. Most send with `send_all`. A fan-out, which writes the same bytes
to hundreds of streams, uses `send_nowait`: one system call, no task switch. When the kernel takes
only a part, the viewer's own task sends the rest with `send_rest`, and until then every other
sender (a pong, a close frame) waits.
"""

import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress

import trio

from .errors import stream_errors
from .life import STALLED, Life
from .patience import Patience, forget_when_lost
from .peer import address_of_peer

STALL_TIMEOUT = 30.0  # seconds; the default of `stalled_viewer_timeout`
READ_SIZE = 65536  # bytes; 4 KiB reads cost three times the CPU
CLOSED = -1  # instead of a file number
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER, see socket(7)


class ConnectionStream(trio.abc.HalfCloseableStream):
    """A TCP stream whose sends end, and that can be cut from outside.

    stall_timeout: seconds in which the other side must take something of a send
    """

    is_tls = False

    def __init__(self, stream: trio.SocketStream, *, stall_timeout: float = STALL_TIMEOUT) -> None:
        # trio has set TCP_NODELAY and TCP_NOTSENT_LOWAT on it: the latter keeps the kernel from
        # hiding seconds of old frames in its send buffer.
        self._stream = stream
        self._patience = Patience(stall_timeout)
        forget_when_lost(stream.socket, stall_timeout)
        self._lock = trio.StrictFIFOLock()
        # The socket's file number until it is closed here, and nowhere else.
        self._fd = stream.socket.fileno()
        # Whether send_nowait must not send: someone waits in a send, or left a part unsent.
        self._busy = False
        # There while the bytes that send_nowait left have not been sent.
        self._unfinished: trio.Event | None = None
        self._unread = b""
        #: Called once more before the socket is closed, by whoever else knows its file number.
        self.before_close: Callable[[], None] = do_nothing
        #: Called when the other side has shown that it may be here; see camserve.net.admission.
        self.authenticated: Callable[[], None] = do_nothing
        # Asked now: a connection that was reset does not know.
        self.life = Life(address_of_peer(stream.socket))

    @property
    def socket(self) -> trio.socket.SocketType:
        return self._stream.socket

    @property
    def file_number(self) -> int:
        """The socket's, or CLOSED."""
        return self._fd

    @property
    def peer(self) -> str:
        """The other side's address for the log."""
        return self.life.peer

    async def begin(self) -> None:
        """What has to be done before anything is sent or received: here, nothing."""
        await trio.lowlevel.checkpoint()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        """Send everything, after whoever sends now. Cancelled half-way, the connection is cut.

        Raises:
            trio.BrokenResourceError: the connection is gone, or stalled and now cut.
            trio.ClosedResourceError: it was closed here.
        """
        async with self._turn():
            await self._send(memoryview(data))

    async def send_latest(self, choose: Callable[[], bytes]) -> None:
        """Wait until nearly all that was sent has left, then send what `choose` gives.

        So the choice is as late as can be, and what was chosen leaves at once.

        Raises: as `send_all`.
        """
        async with self._turn():
            with self._cut_when_stalled() as scope, stream_errors():
                self._patience.extend(scope)
                await self._wait_writable()
            await self._send(memoryview(choose()))

    async def _wait_writable(self) -> None:
        if self._fd == CLOSED:  # trio would not know it as a closed one
            await trio.lowlevel.checkpoint()
            raise trio.ClosedResourceError("this connection was closed")
        await self.socket.wait_writable()

    def send_nowait(self, data: bytes) -> int:
        """Give the kernel what it takes of `data` at once; returns how many bytes that were.

        After a part, 0 < returned < len(data), the rest has to follow by `send_rest`. A
        connection that is gone takes nothing: the next waiting send says so.
        """
        if self._busy:
            return 0
        try:
            sent = os.write(self._fd, data)
        except OSError:
            return 0
        if sent < len(data):
            self._unfinished = trio.Event()
            self._busy = True
        return sent

    async def send_rest(self, rest: memoryview) -> None:
        """Send what `send_nowait` left. Cancelled, the connection is useless: close it.

        Raises: as `send_all`.
        """
        try:
            await self._send(rest)
        finally:
            self._finish()
            self._busy = self._lock.locked()

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        try:
            async with self._lock:
                self._busy = True
                # Nobody can begin another unfinished send while we hold the lock.
                while self._unfinished is not None:
                    await self._unfinished.wait()
                yield
        finally:
            self._busy = self._unfinished is not None or self._lock.locked()

    async def _send(self, data: memoryview) -> None:
        # Not SocketStream.send_all: it does not tell when a part of the data went out.
        size = len(data)
        try:
            with self._cut_when_stalled() as scope, stream_errors():
                if not data:
                    await trio.lowlevel.checkpoint()
                while data:
                    self._patience.extend(scope)
                    sent = await self.socket.send(data)
                    data = data[sent:]
        except trio.Cancelled:
            if 0 < len(data) < size:
                self.abort()  # whatever followed would land in the middle of something
            raise

    @contextmanager
    def _cut_when_stalled(self) -> Iterator[trio.CancelScope]:
        with self._patience.waiting() as scope:
            yield scope
        if scope.cancelled_caught:
            self.life.end(STALLED)
            self.abort()
            raise trio.BrokenResourceError("the other side stopped taking data")

    def hurry(self, deadline: float) -> None:
        """From `deadline` on (trio's clock) no send waits: the server is stopping."""
        self._patience.hurry(deadline)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    def unread(self, data: bytes) -> None:
        """Put bytes back: they are the next that `receive_some` gives, all at once."""
        self._unread = data + self._unread

    def receive_nowait(self) -> bytes | None:
        """What has arrived; b"" at the end; None: nothing yet.

        Raises: as `receive_some`.
        """
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        if self._fd == CLOSED:
            raise trio.ClosedResourceError("this connection was closed")
        try:
            return os.read(self._fd, READ_SIZE)
        except BlockingIOError:
            return None
        except OSError as error:
            raise trio.BrokenResourceError(str(error)) from error

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if self._unread:
            await trio.lowlevel.checkpoint()
            data, self._unread = self._unread, b""
            return data
        # Not SocketStream.receive_some: it tries first, and nearly always there is nothing yet. For
        # viewers that acknowledge each frame these vain tries are a large part of the cost.
        with stream_errors():
            while self._fd != CLOSED:
                await trio.lowlevel.wait_readable(self._fd)
                with suppress(BlockingIOError):
                    return os.read(self._fd, max_bytes or READ_SIZE)
        await trio.lowlevel.checkpoint()
        raise trio.ClosedResourceError("this connection was closed")

    async def send_eof(self) -> None:
        await self._stream.send_eof()

    async def aclose(self) -> None:
        self.close()
        await trio.lowlevel.checkpoint()

    def close(self) -> None:
        """Close now; what the kernel has taken is still delivered. Safe to repeat."""
        self.before_close()
        self.life.closing(self.socket)
        self._fd = CLOSED  # before another connection can get the number
        self.socket.close()
        self._finish()  # nobody else will: who waits for it meets the closed socket

    def _finish(self) -> None:
        """What send_nowait left is sent, or never will be."""
        if self._unfinished is not None:
            self._unfinished.set()
            self._unfinished = None

    def abort(self) -> None:
        """Close now and let the kernel throw away what it has not delivered."""
        with suppress(OSError):
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.close()


def do_nothing() -> None:
    pass
