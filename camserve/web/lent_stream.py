"""The stream under hypercorn, with what hypercorn does not do for a connection."""

from collections.abc import Iterator
from contextlib import contextmanager

import trio

from camserve.net.stream import ConnectionStream

KEEP_ALIVE_TIMEOUT = 5.0  # seconds that an idle connection, or a slow request head, may last
LINGER_TIMEOUT = 5.0  # seconds that the rest of a request is thrown away after an early answer


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
        self._finished = trio.Event()
        self._read_all = trio.Event()
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
        self._reading.cancel()
        return self._stream

    def finish(self) -> None:
        """The caller of `take` is done: close the connection and let hypercorn see it."""
        self._stream.close()
        self._finished.set()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if not self._taken:
            with trio.CancelScope(deadline=self._idle_until()) as self._reading:
                return await self._receive(max_bytes)
        if self._taken:
            await self._finished.wait()
        return b""

    @contextmanager
    def answering(self) -> Iterator[None]:
        """An answer is on its way: the client may be silent for as long as it takes."""
        self._answers += 1
        self._reading.deadline = self._idle_until()
        try:
            yield
        finally:
            self._answers -= 1
            self._reading.deadline = self._idle_until()

    def _idle_until(self) -> float:
        return float("inf") if self._answers else trio.current_time() + KEEP_ALIVE_TIMEOUT

    async def _receive(self, max_bytes: int | None) -> bytes:
        data = b""
        try:
            data = await self._stream.receive_some(max_bytes)
        finally:
            if not data:
                self._read_all.set()
        return data

    async def send_all(self, data: bytes) -> None:
        if self._taken:
            raise trio.BrokenResourceError("the connection belongs to a WebSocket now")
        await self._stream.send_all(data)

    async def send_eof(self) -> None:
        if not self._taken:
            await self._stream.send_eof()

    async def aclose(self) -> None:
        """Close, but not on a sender who has yet to read that its request was refused.

        What is unread when a socket closes makes the kernel reset the connection, and the answer
        is lost with it (RFC 9112, section 9.6). Hypercorn's reading task reads on meanwhile.
        """
        if self._taken:
            return
        try:
            if self.expects_more:
                with trio.move_on_after(LINGER_TIMEOUT):
                    await self._read_all.wait()
        finally:
            self._stream.close()
        await trio.lowlevel.checkpoint()
