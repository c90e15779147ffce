"""The stream under hypercorn, with what hypercorn does not do for a connection."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trio

from camserve.net.plain_answer import plain_answer
from camserve.net.stream import ConnectionStream

KEEP_ALIVE_TIMEOUT = 5.0  # seconds that an idle connection, or a slow request head, may last
LAST_STEPS_TIMEOUT = 10.0  # seconds that hypercorn has when it neither answers nor reads
GONE_TIMEOUT = 0.5  # the same, when the other side has ended the connection
LINGER_TIMEOUT = 5.0  # seconds that the rest of a request is thrown away after an early answer
#: How hypercorn answers what h11 does not understand: 400, 431 or 501.
_WITHOUT_WORDS = re.compile(rb"HTTP/1\.1 [45]\d\d \r\ncontent-length: 0\r\nconnection: close\r\n")


class LentStream:
    """The stream that hypercorn sees: the connection's, until it is taken away.

    While no answer is on its way, a read that brings nothing for KEEP_ALIVE_TIMEOUT ends the
    connection. Hypercorn has such a timer, too, but stops it for good when it refuses a WebSocket
    by itself, or when a client speaks HTTP/2 and then says nothing.
    """

    def __init__(self, stream: ConnectionStream) -> None:
        self._stream = stream
        self._reading = trio.CancelScope()
        self._answers = 0  # those that are on their way
        self._taken = False
        self._refused = False  # what came is no request
        self._has_ended = False  # the other side's last byte was read
        self._finished = trio.Event()
        self._read_all = trio.Event()
        self._is_read = False  # now, by hypercorn's reading task
        #: All that hypercorn does on this connection. When a request was refused before it was read
        #: and something follows it, hypercorn may wait for ever for its turn to read on.
        #: When the other side ends an idle connection, hypercorn waits for its keep-alive timer.
        self.serving = trio.CancelScope()
        #: Whether a request's body is still coming.
        self.expects_more = False

    @property
    def socket(self) -> trio.socket.SocketType:
        return self._stream.socket

    @property
    def connection(self) -> ConnectionStream:
        """What is under it; for answers whose body does not go through hypercorn."""
        return self._stream

    def take(self) -> ConnectionStream:
        """From now on the connection is the caller's; hypercorn waits for its end."""
        self._taken = True
        self._bound()
        self._reading.cancel()
        return self._stream

    def finish(self) -> None:
        """The caller of `take` is done: close the connection and let hypercorn see it."""
        self._stream.close()
        self._finished.set()
        self._bound()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if not self._taken and not self._is_read:
            with trio.CancelScope(deadline=self._idle_until()) as self._reading:
                return await self._receive(max_bytes)
        if self._taken:
            await self._finished.wait()
        elif self._is_read:
            await self._read_all.wait()
        return b""

    @contextmanager
    def answering(self) -> Iterator[None]:
        """An answer is on its way: the client may be silent for as long as it takes."""
        self._answers += 1
        self._reading.deadline = self._idle_until()
        self._bound()
        try:
            yield
        finally:
            self._answers -= 1
            self._reading.deadline = self._idle_until()
            self._bound()

    def _idle_until(self) -> float:
        return float("inf") if self._answers else trio.current_time() + KEEP_ALIVE_TIMEOUT

    def _bound(self) -> None:
        """Let hypercorn go on as long as it answers, reads, or waits for a WebSocket's end."""
        is_lent = self._taken and not self._finished.is_set()
        is_busy = self._answers or self._is_read or is_lent
        patience = GONE_TIMEOUT if self._has_ended else LAST_STEPS_TIMEOUT
        self.serving.deadline = float("inf") if is_busy else trio.current_time() + patience

    async def _receive(self, max_bytes: int | None) -> bytes:
        data = b""
        self._is_read = True
        self._bound()
        try:
            data = await self._stream.receive_some(max_bytes)
            self._has_ended = not data
        finally:
            self._is_read = False
            self._bound()
            if not data:
                self._read_all.set()
        return data

    async def send_all(self, data: bytes) -> None:
        if self._taken:
            raise trio.BrokenResourceError("the connection belongs to a WebSocket now")
        if not self._answers and _WITHOUT_WORDS.match(data):
            self._refused = True
            data = plain_answer(int(data[9:12]))
        await self._stream.send_all(data)

    async def _read_on(self) -> None:
        """Throw away what comes, unless another task does: hypercorn's, or one that closes, too."""
        if self._is_read or not self._refused:
            await self._read_all.wait()
            return
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            while await self._receive(None):
                pass

    async def send_eof(self) -> None:
        if not self._taken:
            await self._stream.send_eof()

    async def aclose(self) -> None:
        """Close, but not on a sender who has yet to read that its request was refused.

        What is unread when a socket closes makes the kernel reset the connection, and the answer
        is lost with it (RFC 9112, section 9.6).
        """
        if self._taken:
            return
        try:
            if self._refused or self.expects_more:
                with trio.move_on_after(LINGER_TIMEOUT):
                    await self._read_on()
        finally:
            self._stream.close()
        await trio.lowlevel.checkpoint()


class TlsLentStream(LentStream):
    """The same of a connection with TLS; hypercorn knows it by these three, as of trio's class."""

    async def do_handshake(self) -> None:
        """It was done before hypercorn came."""

    def selected_alpn_protocol(self) -> str:
        return "http/1.1"

    @property
    def transport_stream(self) -> LentStream:
        return self


def lend(stream: ConnectionStream) -> LentStream:
    return TlsLentStream(stream) if stream.is_tls else LentStream(stream)
