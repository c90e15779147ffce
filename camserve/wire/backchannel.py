"""What the server tells a camera: one binary WebSocket message each.

    move    int32 1, float32 x, float32 y
    update  int32 2
    demand  int32 3, float32 fps, int32 width

All little-endian. The readers of old publishers die of fewer bytes than these, so the encoders
always give them all.
"""

from math import inf
from struct import Struct
from typing import Final

from .errors import PROTOCOL_ERROR, LocalProtocolError, RemoteProtocolError
from .events import BackChannelEvent, DemandReceived, MoveReceived, UpdateRequested
from .limits import MAX_INT32

MOVE: Final = 1
UPDATE: Final = 2
DEMAND: Final = 3

_KIND: Final = Struct("<i")
_MOVE: Final = Struct("<iff")
_DEMAND: Final = Struct("<ifi")
_SIZES: Final = {MOVE: _MOVE.size, UPDATE: _KIND.size, DEMAND: _DEMAND.size}


def encode_move(x: float, y: float) -> bytes:
    """Turn to (x, y): pitch and yaw, each -1 to 1. 12 bytes.

    Raises: LocalProtocolError when one of them is outside or not a number.
    """
    if not is_direction(x, y):
        raise LocalProtocolError(f"move outside of -1 to 1: {x}, {y}")
    return _MOVE.pack(MOVE, x, y)


def encode_update() -> bytes:
    """Update and restart. 4 bytes."""
    return _KIND.pack(UPDATE)


def encode_demand(fps: float, width: int) -> bytes:
    """The most that any viewer wants: frames per second and pixels. 12 bytes.

    fps: 0 or more, 0 for "nobody watches"; UNLIMITED_FPS when a viewer sets no bound.
    width: 0 to 2**31 - 1, 0 for the full width.
    Raises: LocalProtocolError when one of them is outside.
    """
    wrong = f"demand out of range: fps {fps}, width {width}"
    if not (0 <= fps < inf and 0 <= width <= MAX_INT32):  # NaN compares false with everything
        raise LocalProtocolError(wrong)
    try:
        return _DEMAND.pack(DEMAND, fps, width)
    except OverflowError as failure:  # finite, but more than a float32 takes
        raise LocalProtocolError(wrong) from failure


def decode(data: bytes) -> BackChannelEvent | None:
    """What one whole message of the server means.

    None for a kind that we do not know, and for numbers that no camera can follow (a move outside
    of -1 to 1, a negative frame rate): the camera goes on streaming, whatever a viewer sent.

    Raises: RemoteProtocolError (1002) when the message is not as long as its kind.
    """
    if len(data) < _KIND.size:
        raise RemoteProtocolError(PROTOCOL_ERROR, f"Message of {len(data)} bytes has no kind")
    (kind,) = _KIND.unpack_from(data)
    size = _SIZES.get(kind)
    if size is None:
        return None
    if len(data) != size:
        reason = f"Message {kind} has {len(data)} bytes instead of {size}"
        raise RemoteProtocolError(PROTOCOL_ERROR, reason)
    if kind == MOVE:
        _, x, y = _MOVE.unpack(data)
        return MoveReceived(x, y) if is_direction(x, y) else None
    if kind == UPDATE:
        return UpdateRequested()
    _, fps, width = _DEMAND.unpack(data)
    return DemandReceived(fps, width) if 0 <= fps < inf and width >= 0 else None


def is_direction(x: float, y: float) -> bool:
    """Whether a camera can turn there; not so for NaN, which compares false with everything."""
    return -1 <= x <= 1 and -1 <= y <= 1
