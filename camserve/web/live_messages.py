"""What the server says on `/live`: frames and the state of cameras."""

import struct

from camserve.relay import Frame

from .encoding import Encoding, websocket_message
from .status import Status

_HEAD = struct.Struct("<IQQ")  # camera, sequence, Unix microseconds of its arrival


def frame_message(frame: Frame) -> bytes:
    head = _HEAD.pack(frame.camera_id, frame.sequence, round(frame.arrived_at * 1_000_000))
    return websocket_message(head + frame.jpeg)


def status_message(status: Status) -> bytes:
    return websocket_message(status.json(op="status"), opcode=1)


ENCODING = Encoding(
    kind="live",
    frame=frame_message,
    first_repeat=float("inf"),  # a silent WebSocket stays open
    next_repeats=float("inf"),
    status=status_message,
)
