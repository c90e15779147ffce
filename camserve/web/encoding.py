"""How a kind of stream writes its frames: what is the same for all its viewers."""

import struct
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from camserve.relay import Frame

from .status import Status


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """What one kind of stream sends. Made once at import: its identity is its name.

    kind: what it is called in a camera's books, e.g. `mjpeg`
    frame: a frame's bytes; the same object goes to every viewer
    first_repeat, next_repeats: seconds of silence after which something is sent again
    filler: what is sent then; None: the latest frame once more
    closing: the last bytes of a stream that ends properly
    status: how viewers are told of the camera's status; None: they are not
    """

    kind: str
    frame: Callable[[Frame], bytes]
    first_repeat: float
    next_repeats: float
    filler: bytes | None = None
    closing: bytes = b""
    status: Callable[[Status], bytes] | None = None


def websocket_message(payload: bytes, *, opcode: int = 2) -> bytes:
    """`payload` as one unmasked, unfragmented WebSocket message (RFC 6455, section 5.2).

    opcode: 2 for a binary message, 1 for a text message
    """
    size = len(payload)
    if size < 126:
        head = struct.pack("!BB", 0x80 | opcode, size)
    elif size < 65536:
        head = struct.pack("!BBH", 0x80 | opcode, 126, size)
    else:
        head = struct.pack("!BBQ", 0x80 | opcode, 127, size)
    return head + payload


def chunk(data: bytes) -> bytes:
    """`data` as one chunk of a chunked body (RFC 9112, section 7.1)."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""


def chunked(encoding: Encoding) -> Encoding:
    """The same stream as it stands on the wire in HTTP/1.1, without the terminating chunk."""
    status = encoding.status

    def chunk_frame(frame: Frame) -> bytes:
        return chunk(encoding.frame(frame))

    return Encoding(
        kind=encoding.kind,
        frame=chunk_frame,
        first_repeat=encoding.first_repeat,
        next_repeats=encoding.next_repeats,
        filler=None if encoding.filler is None else chunk(encoding.filler),
        closing=chunk(encoding.closing),
        status=None if status is None else partial(_chunk_status, status),
    )


def _chunk_status(encode: Callable[[Status], bytes], status: Status) -> bytes:
    return chunk(encode(status))
