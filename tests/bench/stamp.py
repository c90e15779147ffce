"""Pictures that say when they were sent.

A stamp is the JPEG's start and a comment segment (ITU-T T.81, B.2.4.5), little-endian behind it:

    FFD8 | FFFE 0020 | "cambench" | uint64 ns | uint32 sequence | uint32 size | uint16 camera | 0000

36 bytes, which base64 makes into exactly 48 characters. Readers: stream.c, plain_crowd.py.
"""

import random
import struct
from typing import Final, NamedTuple

MARK: Final = b"\xff\xd8\xff\xfe\x00\x20cambench"
STAMP: Final = struct.Struct("<14sQIIH4x")


class Stamp(NamedTuple):
    """sent_at: monotonic, ns. sequence: by camera, from 1. size: bytes of the whole picture."""

    sent_at: int
    sequence: int
    size: int
    camera: int


class Picture:
    """A picture of `size` bytes that can be stamped again and again.

    It looks like a JPEG from outside and is as hard to compress; nobody here decodes it.
    """

    def __init__(self, size: int) -> None:
        if size < STAMP.size + 2:
            raise ValueError(f"a picture has at least {STAMP.size + 2} bytes")
        self.size = size
        noise = random.Random(size).randbytes(size - STAMP.size - 2)
        self._rest = noise.replace(b"\xff", b"\xfe") + b"\xff\xd9"

    def stamped(self, sent_at: int, sequence: int, camera: int) -> bytes:
        return STAMP.pack(MARK, sent_at, sequence, self.size, camera) + self._rest


def read_stamp(picture: bytes) -> Stamp | None:
    """The stamp that `picture` begins with; None: it has none."""
    if len(picture) < STAMP.size or not picture.startswith(MARK):
        return None
    _, sent_at, sequence, size, camera = STAMP.unpack_from(picture)
    return Stamp(sent_at, sequence, size, camera)
