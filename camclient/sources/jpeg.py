"""As much of the JPEG format as is needed to pass on a camera's pictures (ITU-T T.81, annex B).

All functions are pure and take whatever bytes a camera or a file gives.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from camclient.sources.huffman import STANDARD_TABLES

START = b"\xff\xd8\xff"
END = b"\xff\xd9"

SOS, DHT, APP1 = 0xDA, 0xC4, 0xE1
#: Frames whose tables are Huffman's: SOF0 to SOF2. Above are the lossless and the arithmetic ones.
_HUFFMAN_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
#: TEM, the restart markers, SOI and EOI: no length follows them.
_STANDALONE = frozenset({0x01, *range(0xD0, 0xDA)})
#: Inside of a scan FF is followed by 00 or a restart marker; anything else ends it. More than one
#: FF may come before a marker.
_END_OF_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
#: A progressive picture has some ten scans, a thumbnail's metadata a handful of segments.
_MAX_SEGMENTS = 500


class Segment(NamedTuple):
    """A marker and what belongs to it.

    Attributes:
        marker: the byte after FF.
        start: where the FF is.
        end: after the segment; for SOS after its header, where the scan begins.
    """

    marker: int
    start: int
    end: int


def header(jpeg: bytes) -> Iterator[Segment]:
    """The segments from SOI to the first SOS, both left out and included, in this order.

    Ends early where the bytes stop making sense. Never raises.
    """
    position = 2
    for _ in range(_MAX_SEGMENTS):
        segment = _segment_at(jpeg, position)
        if segment is None or segment.marker in _STANDALONE:
            return
        yield segment
        if segment.marker == SOS:
            return
        position = segment.end


def end_of_picture(packet: bytes) -> int | None:
    """Where the picture that begins these bytes is over: behind its own EOI.

    Not the last EOI there is: a driver may hand out the rest of an older picture behind it. And not
    the first one either, as thumbnails have theirs. None: it begins with no picture, or has no end.
    """
    if not packet.startswith(START):
        return None
    position = 2
    for _ in range(_MAX_SEGMENTS):
        segment = _segment_at(packet, position)
        if segment is None:
            return None
        if packet[segment.start : segment.end] == END:
            return segment.end
        position = segment.end
        if segment.marker == SOS:
            found = _END_OF_SCAN.search(packet, position)
            if found is None:
                return None
            position = found.start()
    return None


def whole_jpeg(packet: bytes) -> bytes | None:
    """The first picture of a packet of Motion JPEG, as any viewer reads it.

    The same object if it is one already. Padding, or a second field, is cut. If the Huffman tables
    are left out, as webcams and AVI files do because they are always the same, they are put in.
    None when the picture is not complete.
    """
    end = end_of_picture(packet)
    if end is None:
        return None
    jpeg = packet[:end]  # the same object if nothing is cut
    huffman = has_tables = False
    for segment in header(jpeg):
        if segment.marker == DHT:
            has_tables = True
        elif segment.marker in _HUFFMAN_FRAMES:
            huffman = True
        elif segment.marker == SOS and huffman and not has_tables:
            return jpeg[: segment.start] + STANDARD_TABLES + jpeg[segment.start :]
    return jpeg


def is_one_picture(packet: bytes) -> bool:
    """Whether the packet is one complete picture of a kind that browsers show.

    Lossless JPEG is none, and neither are the two fields of interlaced video.
    """
    end = end_of_picture(packet)
    if end is None or packet.find(START, end) >= 0:
        return False
    return any(segment.marker in _HUFFMAN_FRAMES for segment in header(packet))


def _segment_at(jpeg: bytes, position: int) -> Segment | None:
    if jpeg[position : position + 1] != b"\xff":
        return None
    while jpeg[position + 1 : position + 2] == b"\xff":  # fill bytes
        position += 1
    if position + 2 > len(jpeg):
        return None
    marker = jpeg[position + 1]
    if marker in _STANDALONE:
        return Segment(marker, position, position + 2)
    if marker == 0 or position + 4 > len(jpeg):
        return None
    # A segment's length counts itself but not the marker.
    length = int.from_bytes(jpeg[position + 2 : position + 4], "big")
    end = position + 2 + length
    return None if length < 2 or end > len(jpeg) else Segment(marker, position, end)
