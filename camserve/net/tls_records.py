"""One side of a TLS connection without input or output: bytes of the network in, bytes out."""

import ssl
from contextlib import suppress

RECORD = 16 * 1024  # bytes; OpenSSL gives no more at one call
#: Answers of TLS's own that nobody has sent yet. One has some thirty bytes.
MAX_ANSWERS = 16 * 1024  # bytes


class TooManyAnswersError(Exception):
    """The other side makes TLS answer without end, and takes no answer."""


class TlsRecords:
    """The server's side.

    pending: bytes that TLS has to send by itself: of the handshake, or when keys change
    ended: the other side has said that nothing follows
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._parted = False  # our farewell is said
        self.ended = False

    @property
    def pending(self) -> int:
        return self._outgoing.pending

    @property
    def has_received(self) -> bool:
        """Whether `decrypt` may give something."""
        return bool(self._incoming.pending or self._tls.pending())

    def feed(self, received: bytes) -> None:
        """Take what has come over the network."""
        self._incoming.write(received)

    def shake_hands(self) -> bool:
        """Go on with the handshake; returns whether it is done. Raises: ssl.SSLError."""
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def encrypt(self, data: bytes | memoryview) -> bytes:
        """What is to be sent for this, with what was pending in front of it.

        Raises: ssl.SSLError.
        """
        if data:
            self._tls.write(data)
        return self._outgoing.read()

    def farewell(self) -> bytes:
        """What says that nothing follows. RFC 8446, section 6.1."""
        self._parted = True
        with suppress(ssl.SSLError):  # it raises that the other side has not said the same yet
            self._tls.unwrap()
        return self._outgoing.read()

    def decrypt(self, most: int) -> bytes:
        """What has come as whole records, or a part of it.

        Raises: ssl.SSLError, TooManyAnswersError.
        """
        parts: list[bytes] = []
        while most > 0 and self.has_received:
            try:
                part = self._tls.read(min(most, RECORD))
            except ssl.SSLWantReadError:
                break
            except ssl.SSLError:
                if not self._parted:
                    raise
                self._incoming.read()  # after our farewell not everything can be read any more
                break
            if not part:
                self.ended = True
                break
            parts.append(part)
            most -= len(part)
        if self._outgoing.pending > MAX_ANSWERS:
            raise TooManyAnswersError("the other side wants too much of TLS")
        return parts[0] if len(parts) == 1 else b"".join(parts)
