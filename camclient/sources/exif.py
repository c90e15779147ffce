"""Turning a JPEG without decoding it: its EXIF orientation says how it is to be shown.

The format is in JEITA CP-3451 (Exif 2.3): a segment APP1 that begins with "Exif" and holds a TIFF,
a header and a directory ("IFD") of tagged values. All functions are pure; malformed EXIF is no
error.
"""

import struct
from dataclasses import dataclass

from camclient.sources.jpeg import APP1, Segment, header

UPRIGHT = 1  #: the orientation of a picture that is shown as it is stored

#: Each orientation as (mirrored, then this many quarter turns clockwise); section 4.6.4 A.
MOVES = {
    1: (False, 0),
    2: (True, 0),
    3: (False, 2),
    4: (True, 2),
    5: (True, 3),
    6: (False, 1),
    7: (True, 1),
    8: (False, 3),
}
_ORIENTATIONS = {moves: orientation for orientation, moves in MOVES.items()}

_SIGNATURE = b"Exif\0\0"
_TAG = 0x0112  # Orientation, a SHORT
_SHORT = 3
_MAX_LENGTH = 0xFFFF  # of a segment, with its two bytes of length


def orientation(rotate: int, mirror: bool) -> int:
    """The orientation of a picture that is mirrored and then turned clockwise by `rotate` degrees.

    mirror: left becomes right.
    """
    return _ORIENTATIONS[mirror, rotate // 90 % 4]


def combine(first: int, then: int) -> int:
    """The one orientation that does what `first` and `then` do after each other."""
    mirrored, turns = MOVES[first]
    mirrored_then, turns_then = MOVES[then]
    # A mirror turns the other way round what was turned before it.
    turns = turns_then + (-turns if mirrored_then else turns)
    return _ORIENTATIONS[mirrored != mirrored_then, turns % 4]


def swaps_sides(value: int) -> bool:
    """Whether a picture of this orientation is shown with width and height exchanged."""
    return MOVES[value][1] % 2 == 1


def get_orientation(jpeg: bytes) -> int:
    """1 to 8; 1 (upright) when the picture says nothing, or nothing that makes sense."""
    segment = _exif_segment(jpeg)
    directory = None if segment is None else _parse(_tiff(jpeg, segment))
    return UPRIGHT if directory is None else directory.orientation


def set_orientation(jpeg: bytes, value: int) -> bytes:
    """The same picture with this orientation, 1 to 8, instead of what it has.

    An EXIF segment keeps what else is in it; one that nobody can read is replaced.
    """
    segment = _exif_segment(jpeg)
    if segment is None:
        # Right behind SOI is where EXIF wants to be; readers find JFIF's APP0 behind it too.
        return jpeg[:2] + _segment_with(_fresh_tiff(value)) + jpeg[2:]
    tiff = _tiff(jpeg, segment)
    directory = _parse(tiff)
    if directory is not None:
        new = directory.with_orientation(tiff, value)
        if len(new) == len(tiff):
            start = segment.end - len(tiff)
            return jpeg[:start] + new + jpeg[segment.end :]
    if directory is None or 2 + len(_SIGNATURE) + len(new) > _MAX_LENGTH:
        new = _fresh_tiff(value)
    return jpeg[: segment.start] + _segment_with(new) + jpeg[segment.end :]


@dataclass(frozen=True, slots=True)
class _Directory:
    """The first directory of a TIFF.

    Attributes:
        order: "<" or ">", as `struct` calls byte orders.
        start, count: where it is, and how many entries it has.
        at: where the orientation's value is; None when there is none.
    """

    order: str
    start: int
    count: int
    at: int | None
    orientation: int

    def with_orientation(self, tiff: bytes, value: int) -> bytes:
        if self.at is not None:
            return tiff[: self.at] + struct.pack(self.order + "H", value) + tiff[self.at + 2 :]
        # All values are found by their distance from the start, so nothing may move: a longer
        # directory goes behind everything else, and the header leads there.
        entries = [
            tiff[position : position + 12]
            for position in range(self.start + 2, self.start + 2 + 12 * self.count, 12)
        ]
        entries.append(_entry(self.order, value))
        entries.sort(key=lambda entry: struct.unpack_from(self.order + "H", entry))
        after = self.start + 2 + 12 * self.count
        padded = tiff + b"\0" * (len(tiff) % 2)  # a directory begins at an even place
        directory = struct.pack(self.order + "H", len(entries)) + b"".join(entries)
        following = tiff[after : after + 4].ljust(4, b"\0")  # where the next directory is
        head = padded[:4] + struct.pack(self.order + "I", len(padded))
        return head + padded[8:] + directory + following


def _exif_segment(jpeg: bytes) -> Segment | None:
    return next(
        (
            segment
            for segment in header(jpeg)
            if segment.marker == APP1 and jpeg.startswith(_SIGNATURE, segment.start + 4)
        ),
        None,
    )


def _tiff(jpeg: bytes, segment: Segment) -> bytes:
    return jpeg[segment.start + 4 + len(_SIGNATURE) : segment.end]


def _parse(tiff: bytes) -> _Directory | None:
    """None: it is malformed."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(tiff[:4])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, start)
        for position in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind, number, value = struct.unpack_from(order + "HHIH2x", tiff, position)
            if tag == _TAG:
                if (kind, number) != (_SHORT, 1):
                    return None
                known = value if value in MOVES else UPRIGHT
                return _Directory(order, start, count, position + 8, known)
    except struct.error:  # it leads out of the segment
        return None
    return _Directory(order, start, count, None, UPRIGHT)


def _entry(order: str, value: int) -> bytes:
    return struct.pack(order + "HHIHH", _TAG, _SHORT, 1, value, 0)


def _fresh_tiff(value: int) -> bytes:
    return b"MM\0*" + struct.pack(">IH", 8, 1) + _entry(">", value) + bytes(4)


def _segment_with(tiff: bytes) -> bytes:
    body = _SIGNATURE + tiff
    return b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body
