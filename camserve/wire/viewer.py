"""The server's side of an old viewer's socket, /video-output-stream.

The viewer sends, as one stream of bytes:

    int32 length | JSON {"token": ..., "cameraId": ...} | move | move | ...

The length and a move's kind (int32 1) are little-endian; the two float32 of a move are BIG-endian,
because old pages wrote them with DataView.setFloat32, whose default that is.
"""

import json
import re
from struct import Struct
from typing import Final

from .backchannel import MOVE, is_direction
from .buffer import ReceiveBuffer
from .errors import (
    INVALID_CLIENT_INFO,
    INVALID_PAYLOAD,
    MESSAGE_TOO_BIG,
    PROTOCOL_ERROR,
    RemoteProtocolError,
)
from .events import NEED_DATA, ClientInfoReceived, MoveReceived, ViewerEvent, Waiting
from .limits import MAX_CLIENT_INFO_BYTES, MAX_VIEWER_BYTES

_INT32: Final = Struct("<i")
_DIRECTION: Final = Struct(">ff")
_NUMERIC: Final = re.compile(r"-?[0-9]+")


class ViewerConnection:
    """Reads what an old viewer sends. Without I/O, in the manner of `ServerConnection`."""

    __slots__ = ("_buffer", "_info_bytes", "_info_read", "_kind_read", "_refusal")

    def __init__(self) -> None:
        self._buffer = ReceiveBuffer()
        self._info_bytes: int | None = None  # length of the JSON, once it is known
        self._info_read = False
        self._kind_read = False  # of the move that is arriving
        self._refusal: tuple[int, str] | None = None

    @property
    def buffered_bytes(self) -> int:
        """Bytes that arrived and were not handed out yet, at most MAX_VIEWER_BYTES."""
        return len(self._buffer)

    def receive_data(self, data: bytes | bytearray | memoryview) -> None:
        """Hold what arrived. Never raises; more than MAX_VIEWER_BYTES make `next_event` raise."""
        if self._refusal is not None:
            return
        if len(self._buffer) + len(data) > MAX_VIEWER_BYTES:
            self._refuse(MESSAGE_TOO_BIG, f"More than {MAX_VIEWER_BYTES} bytes at once")
            return
        self._buffer.append(data)

    def next_event(self) -> ViewerEvent | Waiting:
        """`ClientInfoReceived` once, then moves; `NEED_DATA` when there is nothing to tell now.

        Moves that no camera can follow (outside of -1 to 1, not a number) are skipped.

        Raises: RemoteProtocolError when the viewer broke the protocol, and from then on at every
        call one with the same code and reason.
        """
        if self._refusal is not None:
            raise RemoteProtocolError(*self._refusal)
        return self._next_move() if self._info_read else self._next_info()

    def _next_info(self) -> ClientInfoReceived | Waiting:
        if self._info_bytes is None:
            prefix = self._buffer.take(_INT32.size)
            if prefix is None:
                return NEED_DATA
            length: int = _INT32.unpack(prefix)[0]
            if not 1 <= length <= MAX_CLIENT_INFO_BYTES:
                raise self._refuse(INVALID_PAYLOAD, INVALID_CLIENT_INFO)
            self._info_bytes = length
        text = self._buffer.take(self._info_bytes)
        if text is None:
            return NEED_DATA
        info = parse_client_info(text)
        if info is None:
            raise self._refuse(INVALID_PAYLOAD, INVALID_CLIENT_INFO)
        self._info_read = True
        return info

    def _next_move(self) -> MoveReceived | Waiting:
        while True:
            if not self._kind_read:
                taken = self._buffer.take(_INT32.size)
                if taken is None:
                    return NEED_DATA
                kind: int = _INT32.unpack(taken)[0]
                if kind != MOVE:
                    raise self._refuse(PROTOCOL_ERROR, f"Unknown message kind {kind}")
                self._kind_read = True
            taken = self._buffer.take(_DIRECTION.size)
            if taken is None:
                return NEED_DATA
            self._kind_read = False
            x, y = _DIRECTION.unpack(taken)
            if is_direction(x, y):
                return MoveReceived(x, y)

    def _refuse(self, code: int, reason: str) -> RemoteProtocolError:
        """Enter the error state, holding nothing; give the error for the caller to raise."""
        self._buffer.clear()
        self._refusal = (code, reason)
        return RemoteProtocolError(code, reason)


def parse_client_info(text: bytes) -> ClientInfoReceived | None:
    """What an old viewer says first; None when it is not what it should be. Never raises.

    text: UTF-8 JSON, an object with `cameraId`, an integer or digits in a string (pages take it
    from their address line), and optionally `token`, a string or null. Other members are ignored.
    """
    try:
        info = json.loads(text.decode())
    except (ValueError, RecursionError):  # not UTF-8, not JSON, or a thousand brackets
        return None
    if not isinstance(info, dict):
        return None
    camera_id, token = info.get("cameraId"), info.get("token")
    if isinstance(camera_id, str) and _NUMERIC.fullmatch(camera_id):
        camera_id = int(camera_id)
    if not isinstance(camera_id, int) or isinstance(camera_id, bool):
        return None
    if not (token is None or (isinstance(token, str) and is_text(token))):
        return None
    return ClientInfoReceived(camera_id, token)


def is_text(string: str) -> bool:
    """Whether it can be encoded; JSON may smuggle half of a surrogate pair in."""
    try:
        string.encode()
    except UnicodeEncodeError:
        return False
    return True
