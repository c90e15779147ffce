"""The server's side of a publisher's connection."""

from struct import Struct
from typing import Final

from .buffer import ReceiveBuffer
from .errors import (
    INVALID_TOKEN,
    MESSAGE_TOO_BIG,
    POLICY_VIOLATION,
    PROTOCOL_ERROR,
    LocalProtocolError,
    RemoteProtocolError,
)
from .events import (
    NEED_DATA,
    PAUSED,
    CameraIdReceived,
    FrameReceived,
    KeepAliveReceived,
    PublisherEvent,
    TokenReceived,
    Waiting,
)
from .limits import MAX_FRAME_BYTES, MAX_INT32, MAX_TOKEN_BYTES, MAX_UNVERIFIED_BYTES
from .states import TRANSITIONS, State, Step

_INT32: Final = Struct("<i")
_KEEP_ALIVE: Final = KeepAliveReceived()


class ServerConnection:
    """Reads a publisher's byte stream. Without I/O: the caller brings the bytes.

    Put what arrives into `receive_data`, then call `next_event` until it answers `NEED_DATA`. At
    `TokenReceived` compare the token, and `accept` it or close. See `states` for how it works.

    max_frame_bytes: the longest frame that is taken, 1 to 2**31 - 1.
    Raises: LocalProtocolError when max_frame_bytes is out of that range.
    """

    __slots__ = ("_accepted", "_buffer", "_max_frame_bytes", "_refusal", "_state", "_wanted")

    def __init__(self, *, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        if not 1 <= max_frame_bytes <= MAX_INT32:
            raise LocalProtocolError(f"max_frame_bytes out of range: {max_frame_bytes}")
        self._max_frame_bytes = max_frame_bytes
        self._buffer = ReceiveBuffer()
        self._state = State.CAMERA_ID
        self._wanted = _INT32.size  # bytes that the next step takes
        self._accepted = False
        self._refusal: tuple[int, str] | None = None

    @property
    def state(self) -> State:
        return self._state

    @property
    def buffered_bytes(self) -> int:
        """Bytes that arrived and were not handed out yet.

        After `next_event` answered `NEED_DATA`: fewer than `max_frame_bytes`, or than 4 or the
        1024 of a token if that is more. Before `accept`: never more than MAX_UNVERIFIED_BYTES.
        """
        return len(self._buffer)

    def receive_data(self, data: bytes | bytearray | memoryview) -> None:
        """Hold what arrived; `next_event` makes events of it.

        Never raises. When this is more than MAX_UNVERIFIED_BYTES before `accept`, everything is
        let go and `next_event` raises; so feed a longer message in pieces. After an error `data`
        is thrown away.
        """
        if self._refusal is not None:
            return
        if not self._accepted and len(self._buffer) + len(data) > MAX_UNVERIFIED_BYTES:
            self._refuse(POLICY_VIOLATION, INVALID_TOKEN)
            return
        self._buffer.append(data)

    def next_event(self) -> PublisherEvent | Waiting:
        """What arrived next; `NEED_DATA` or `PAUSED` when there is nothing to tell now.

        Raises: RemoteProtocolError when the publisher broke the protocol, and from then on at
        every call one with the same code and reason.
        """
        if self._refusal is not None:
            # A new one each time: keeping the exception would keep its traceback, with every
            # buffer on the stack that it was raised through.
            raise RemoteProtocolError(*self._refusal)
        while True:
            state = self._state
            if state is State.UNVERIFIED:
                return PAUSED
            taken = self._buffer.take(self._wanted)
            if taken is None:
                return NEED_DATA
            if state is State.FRAME_PAYLOAD:
                self._advance(Step.PAYLOAD_READ, _INT32.size)
                return FrameReceived(taken)
            if state is State.FRAME_LENGTH:
                if self._read_frame_length(taken) == 0:
                    return _KEEP_ALIVE
            elif state is State.CAMERA_ID:
                self._advance(Step.CAMERA_ID_READ, _INT32.size)
                return CameraIdReceived(_INT32.unpack(taken)[0])
            elif state is State.TOKEN_LENGTH:
                self._read_token_length(taken)
            else:
                return self._read_token(taken)

    def accept(self) -> None:
        """The token was right: go on to the frames.

        Raises: LocalProtocolError when no token waits for this; RemoteProtocolError when the
        publisher broke the protocol meanwhile.
        """
        if self._refusal is not None:
            raise RemoteProtocolError(*self._refusal)
        if self._state is not State.UNVERIFIED:
            raise LocalProtocolError(f"no token to accept in state {self._state.name}")
        self._accepted = True
        self._advance(Step.TOKEN_ACCEPTED, _INT32.size)

    def _read_token_length(self, taken: bytes) -> None:
        length: int = _INT32.unpack(taken)[0]
        if not 1 <= length <= MAX_TOKEN_BYTES:
            raise self._refuse(POLICY_VIOLATION, INVALID_TOKEN)
        self._advance(Step.TOKEN_LENGTH_READ, length)

    def _read_token(self, taken: bytes) -> TokenReceived:
        try:
            token = taken.decode()
        except UnicodeDecodeError:
            # The decoder's error holds the token: it must not reach a log as our cause.
            raise self._refuse(POLICY_VIOLATION, INVALID_TOKEN) from None
        self._advance(Step.TOKEN_READ, 0)
        return TokenReceived(token)

    def _read_frame_length(self, taken: bytes) -> int:
        length: int = _INT32.unpack(taken)[0]
        if length < 0:
            raise self._refuse(PROTOCOL_ERROR, f"Invalid frame length {length}")
        if length > self._max_frame_bytes:
            reason = f"Frame of {length} bytes is larger than {self._max_frame_bytes}"
            raise self._refuse(MESSAGE_TOO_BIG, reason)
        if length == 0:
            self._advance(Step.KEEP_ALIVE_READ, _INT32.size)
        else:
            self._advance(Step.FRAME_LENGTH_READ, length)
        return length

    def _advance(self, step: Step, wanted: int) -> None:
        self._state = TRANSITIONS[self._state][step]
        self._wanted = wanted

    def _refuse(self, code: int, reason: str) -> RemoteProtocolError:
        """Enter the error state, holding nothing; give the error for the caller to raise."""
        self._advance(Step.REFUSED, 0)
        self._buffer.clear()
        self._refusal = (code, reason)
        return RemoteProtocolError(code, reason)
