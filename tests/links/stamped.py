"""A camera whose pictures say which they are: of which camera, taken when, with which quality.

Such a picture begins like a JPEG with a comment (ITU-T T.81, B.2.4.5), and ends like one:

    FFD8 | FFFE 0020 | "linktest" | float64 seconds | uint32 sequence | uint16 quality
         | uint16 camera | zeros | FFC0 0002 | FFDA 0002 | padding | FFD9

The two empty segments are for who splits a stream of pictures: a frame header and a scan.

The time is time.monotonic(), which all processes of a computer share.
"""

import struct
import threading
import time
from dataclasses import dataclass
from typing import NamedTuple

from camclient.sources.source import SourceError

STAMP = struct.Struct("<14sdIHH6x")
MARK = b"\xff\xd8\xff\xfe\x00\x20linktest"
EMPTY = b"\xff\xc0\x00\x02\xff\xda\x00\x02"
USUAL_QUALITY = 80  # at which a picture has the size that was asked for


class Stamp(NamedTuple):
    """taken_at: monotonic, seconds. sequence: from 1. quality: of the encoder, 1 to 100.

    camera: a number that the source was given.
    """

    taken_at: float
    sequence: int
    quality: int
    camera: int = 0


def read_stamp(picture: bytes) -> Stamp:
    """Raises: ValueError: it is none of ours, or was damaged."""
    if not picture.startswith(MARK) or not picture.endswith(b".\xff\xd9"):
        raise ValueError(picture[:20])
    _, *values = STAMP.unpack_from(picture)
    return Stamp(*values)


@dataclass(frozen=True, slots=True)
class StampedCapture:
    """size: bytes at USUAL_QUALITY; others make it larger or smaller, as real ones do."""

    taken_at: float
    sequence: int
    size: int
    camera: int = 0
    quick = False

    def encode(self, quality: int, width: int = 0) -> bytes:
        size = self.size * quality // USUAL_QUALITY
        head = STAMP.pack(MARK, self.taken_at, self.sequence, quality, self.camera) + EMPTY
        return head.ljust(size - 2, b".") + b"\xff\xd9"


class StampedSource:
    """Gives pictures at a pace, until it is unplugged.

    Attributes:
        opened: how often it was opened; while it is unplugged, how often that was tried.
        limits: what was asked of it, in order.
    """

    name = "stamped"

    def __init__(self, fps: float = 15, size: int = 30_000, camera: int = 0) -> None:
        self.pace: float | None = fps
        self.opened = 0
        self.limits = list[float | None]()
        self._fps, self._size, self._camera = fps, size, camera
        self.sequence = 0
        self._unplugged = threading.Event()

    def unplug(self) -> None:
        """As somebody who pulls the USB cable. Any thread may call it."""
        self._unplugged.set()

    def plug(self) -> None:
        self._unplugged.clear()

    def open(self) -> None:
        self.opened += 1
        if self._unplugged.is_set():
            raise SourceError("no such device")

    def read(self) -> StampedCapture:
        if self._unplugged.is_set():
            raise SourceError("the device is gone")
        self.sequence += 1
        return StampedCapture(time.monotonic(), self.sequence, self._size, self._camera)

    def limit(self, fps: float | None) -> None:
        self.limits.append(fps)
        self.pace = min(self._fps, fps or self._fps)

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        pass
