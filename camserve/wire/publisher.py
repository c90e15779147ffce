"""The publisher's side of its connection."""

from struct import Struct
from typing import Final

from . import backchannel
from .errors import LocalProtocolError
from .events import BackChannelEvent
from .limits import MAX_INT32, MAX_TOKEN_BYTES

_INT32: Final = Struct("<i")
_HELLO: Final = Struct("<ii")
_KEEP_ALIVE: Final = _INT32.pack(0)


class ClientConnection:
    """Makes the bytes that a publisher sends and reads the messages that come back.

    Without I/O. One for each WebSocket: `send_hello` once, then frames. The server reads one
    stream of bytes, so how the results are spread over messages is free; one message for each
    result is what camclient does.
    """

    __slots__ = ("_greeted",)

    def __init__(self) -> None:
        self._greeted = False

    def send_hello(self, camera_id: int, token: str) -> bytes:
        """Who we are: the first bytes on the connection.

        camera_id: 1 to 2**31 - 1. token: 1 to 1024 bytes as UTF-8.
        Raises: LocalProtocolError for anything else and for a second hello.
        """
        if self._greeted:
            raise LocalProtocolError("hello was sent already")
        if not 1 <= camera_id <= MAX_INT32:
            raise LocalProtocolError(f"camera id out of range: {camera_id}")
        try:
            encoded = token.encode()
        except UnicodeEncodeError:
            # The encoder's error holds the token: it must not reach a log as our cause.
            raise LocalProtocolError("token cannot be encoded as UTF-8") from None
        if not 1 <= len(encoded) <= MAX_TOKEN_BYTES:
            raise LocalProtocolError(f"token of {len(encoded)} bytes, not 1 to {MAX_TOKEN_BYTES}")
        self._greeted = True
        return _HELLO.pack(camera_id, len(encoded)) + encoded

    def send_frame(self, jpeg: bytes) -> bytes:
        """One frame with its length before it, for one message.

        jpeg: one complete image, SOI to EOI. The server drops anything else.
        Raises: LocalProtocolError before hello, and when it is empty or 2 GiB and longer.
        """
        return self.send_frame_header(len(jpeg)) + jpeg

    def send_frame_header(self, n: int) -> bytes:
        """The length before a frame of `n` bytes, for who sends the frame without a copy.

        Raises: LocalProtocolError before hello, and when n is not 1 to 2**31 - 1.
        """
        self._require_hello()
        if not 1 <= n <= MAX_INT32:
            raise LocalProtocolError(f"frame length out of range: {n}")
        return _INT32.pack(n)

    def send_keep_alive(self) -> bytes:
        """A frame length of 0: we live, though there is no picture.

        Raises: LocalProtocolError before hello.
        """
        self._require_hello()
        return _KEEP_ALIVE

    def receive_message(self, data: bytes) -> BackChannelEvent | None:
        """What one whole binary message of the server means; None: nothing for us, go on.

        Raises: RemoteProtocolError (1002) when the message is not as long as its kind.
        """
        return backchannel.decode(data)

    def _require_hello(self) -> None:
        if not self._greeted:
            raise LocalProtocolError("hello comes first")
