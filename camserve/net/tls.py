"""TLS under HTTP and under the cameras' protocol: a ConnectionStream that encrypts.

Not trio's SSLStream: the fan-out writes to hundreds of viewers without waking their tasks, so this
too has a `send_nowait`. What it has encrypted cannot be taken back, as records are numbered. So it
asks first whether the kernel takes anything, encrypts one piece at a time, and keeps what the
kernel left of that piece until somebody sends it, in front of everything else.

What TLS itself has to answer (keys are changed, another handshake is refused) goes out with the
next thing that is sent; a peer that makes it answer without end is cut.
"""

import os
import select
import ssl
from contextlib import suppress

import trio

from .certificate import Certificate
from .errors import stream_errors
from .plain_http import PlainHttpError, answer_plain_http
from .stream import CLOSED, READ_SIZE, STALL_TIMEOUT, ConnectionStream
from .tls_records import TlsRecords, TooManyAnswersError

#: Encrypted at one go; a slow computer does it in a millisecond.
PIECE = 64 * 1024  # bytes
#: In one send_nowait, however much the kernel takes: others are waiting for their frame.
MOST_AT_ONCE = 1024 * 1024  # bytes
#: An honest hello has some hundred bytes, and with a certificate of the client's some thousand.
MAX_HANDSHAKE_BYTES = 64 * 1024
_EVERYTHING = 1 << 62  # bytes
_HANDSHAKE_RECORD = 22  # RFC 8446, section 5.1


class TlsStream(ConnectionStream):
    """A connection that `begin` makes a secure one.

    certificate: what this side shows
    """

    is_tls = True

    def __init__(
        self,
        stream: trio.SocketStream,
        certificate: Certificate,
        *,
        stall_timeout: float = STALL_TIMEOUT,
    ) -> None:
        super().__init__(stream, stall_timeout=stall_timeout)
        self._records = TlsRecords(certificate.context)
        self._handshakes = certificate.handshakes
        self._poll = select.poll()
        self._poll.register(self._fd, select.POLLOUT)
        self._unsent = memoryview(b"")  # encrypted, and not taken by the kernel
        # Bytes of what follows by send_rest that are encrypted already.
        self._ahead = 0
        self._open = False  # between the handshake and our farewell

    async def begin(self) -> None:
        """Agree on keys. Cancelled or failed, the connection is useless: close it.

        Raises:
            trio.BrokenResourceError: the other side speaks no TLS, or none that both know; who
                asked in plain HTTP has been told.
        """
        with stream_errors():
            received = await self._receive_raw()
            if received[:1] and received[0] != _HANDSHAKE_RECORD:
                await self._refuse_plain(received)
            total = 0
            while True:
                total += len(received)
                if not received or total > MAX_HANDSHAKE_BYTES:
                    raise trio.BrokenResourceError("the TLS handshake was not finished")
                self._records.feed(received)
                # A signature takes milliseconds on a small computer: not while others wait.
                done = await trio.to_thread.run_sync(self._shake_hands, limiter=self._handshakes)
                await self._send(memoryview(b""))
                if done:
                    self._open = True
                    return
                received = await self._receive_raw()

    def _shake_hands(self) -> bool:
        """Go on with the handshake; returns whether it is done."""
        try:
            return self._records.shake_hands()
        except ssl.SSLError as error:
            with suppress(OSError):
                os.write(self._fd, self._records.encrypt(b""))  # the alert says why
            raise trio.BrokenResourceError(f"no TLS: {error.reason or error}") from error

    async def _refuse_plain(self, received: bytes) -> None:
        try:
            await answer_plain_http(received, self._receive_raw, self._stream.send_all)
        except PlainHttpError as error:
            raise trio.BrokenResourceError(str(error)) from None
        with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
            await self._stream.send_eof()
            while await self._receive_raw():
                pass  # what is unread when we close would take our answer along
        raise trio.BrokenResourceError("plain HTTP where TLS is spoken")

    # -- sending ---------------------------------------------------------------------------

    def send_nowait(self, data: bytes) -> int:
        size = len(data)
        # Of a single byte no part could be left to tell of.
        if self._busy or self._fd == CLOSED or size < 2:
            return 0
        sent = 0
        try:
            while sent < size and sent < MOST_AT_ONCE and not self._unsent and self._poll.poll(0):
                piece = data if size <= PIECE else memoryview(data)[sent : sent + PIECE]
                self._encrypt(piece)
                sent += len(piece)
                self._write()
        except BlockingIOError:
            pass
        except OSError:
            return 0  # gone: the next waiting send meets the same
        if self._unsent and sent == size:
            self._ahead = 1
        if sent > 0 and (sent < size or self._unsent):
            self._unfinished = trio.Event()
            self._busy = True
        return sent - self._ahead

    def _encrypt(self, data: bytes | memoryview) -> None:
        """Encrypt after what was encrypted before has left."""
        self._unsent = memoryview(self._records.encrypt(data))

    def _write(self) -> None:
        """Give the kernel what it takes of what is encrypted."""
        self._unsent = self._unsent[os.write(self._fd, self._unsent) :]

    async def _send(self, data: memoryview) -> None:
        data = data[self._ahead :]
        self._ahead = 0
        encrypted = False
        try:
            with self._cut_when_stalled() as scope, stream_errors():
                if not data and not self._unsent and not self._records.pending:
                    await trio.lowlevel.checkpoint()
                while data or self._unsent or self._records.pending:
                    self._patience.extend(scope)
                    encrypted = encrypted or bool(self._unsent)
                    await self._wait_writable()
                    if not self._unsent:
                        self._encrypt(data[:PIECE])
                        data = data[PIECE:]
                    encrypted = True
                    with suppress(BlockingIOError):
                        self._write()
        except trio.Cancelled:
            if encrypted:
                self.abort()  # whatever followed would land in the middle of something
            raise

    async def _wait_writable(self) -> None:
        if self._fd != CLOSED and self._poll.poll(0):
            await trio.lowlevel.checkpoint()
        else:
            await super()._wait_writable()

    async def send_eof(self) -> None:
        self._part()
        await self._stream.send_eof()

    def close(self) -> None:
        self._part()
        super().close()

    def abort(self) -> None:
        self._open = False  # a farewell would say that all has been said
        super().abort()

    def _part(self) -> None:
        """Say that nothing follows, unless something is left unsaid."""
        if not self._open:
            return
        self._open = False
        if not self._busy and not self._unsent:
            with suppress(OSError):
                os.write(self._fd, self._records.farewell())

    # -- receiving -------------------------------------------------------------------------

    def receive_nowait(self) -> bytes | None:
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        if self._fd == CLOSED:
            raise trio.ClosedResourceError("this connection was closed")
        # Everything at once: the kernel will not say again that we hold something.
        data = self._decrypt(_EVERYTHING)
        if not data and not self._records.ended:
            try:
                received = os.read(self._fd, READ_SIZE)
            except BlockingIOError:
                return None
            except OSError as error:
                raise trio.BrokenResourceError(str(error)) from error
            self._take(received)
            data = self._decrypt(_EVERYTHING)
        return data if data or self._records.ended else None

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        if self._unread or self._records.has_received or self._records.ended:
            await trio.lowlevel.checkpoint()
        if self._unread:
            data, self._unread = self._unread, b""
            return data
        size = max_bytes or READ_SIZE
        data = self._decrypt(size)
        while not data and not self._records.ended:
            self._take(await self._receive_raw(size))
            data = self._decrypt(size)
        return data

    async def _receive_raw(self, size: int = READ_SIZE) -> bytes:
        """What comes over the network."""
        with stream_errors():
            while self._fd != CLOSED:
                await trio.lowlevel.wait_readable(self._fd)
                with suppress(BlockingIOError):
                    return os.read(self._fd, size)
        await trio.lowlevel.checkpoint()
        raise trio.ClosedResourceError("this connection was closed")

    def _take(self, received: bytes) -> None:
        if received:
            self._records.feed(received)
        else:
            # Many leave without a farewell; what they sent has an end of its own.
            self._records.ended = True

    def _decrypt(self, most: int) -> bytes:
        try:
            with stream_errors():
                return self._records.decrypt(most)
        except TooManyAnswersError as error:
            raise trio.BrokenResourceError(str(error)) from None
