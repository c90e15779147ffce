"""As much of the JPEG format as a server needs that never decodes one (ITU-T T.81, annex B)."""

from struct import Struct
from typing import Final

from .limits import MAX_JPEG_STEPS, MAX_PADDING_BYTES

_START: Final = b"\xff\xd8\xff"
_END: Final = b"\xff\xd9"

_STANDALONE: Final = frozenset([0x01, *range(0xD0, 0xD8)])
"""TEM and the restart markers: no length follows them."""
_START_OF_FRAME: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
"""SOF0 to SOF15; the three left out are DHT, JPG and DAC."""
_END_OF_HEADER: Final = frozenset([0xDA, 0xD9, 0x00])
"""SOS and EOI; a stuffed zero is no marker. A frame header comes before them or not at all."""

_LENGTH: Final = Struct(">H")
_SIZE: Final = Struct(">HH")


def trim_jpeg(payload: bytes) -> bytes | None:
    """The JPEG without the padding behind it; None when this is not a JPEG.

    The result begins with FF D8 FF and ends with FF D9; at most MAX_PADDING_BYTES are cut. It is
    the same object when nothing is to be cut. What lies between is not looked at. Never raises.
    """
    if not payload.startswith(_START):
        return None
    # rfind begins at the end, where the EOI of most frames is.
    end = payload.rfind(_END, max(0, len(payload) - MAX_PADDING_BYTES - len(_END)))
    return None if end < 0 else payload[: end + len(_END)]


def jpeg_dimensions(jpeg: bytes) -> tuple[int, int] | None:
    """(width, height) in pixels from the frame header; None when there is none. Never raises.

    Also None for a height of 0, which T.81 allows for pictures whose height follows later; no
    camera makes them. Looks at MAX_JPEG_STEPS segments at most.
    """
    if not jpeg.startswith(_START):
        return None
    position = 2
    for _ in range(MAX_JPEG_STEPS):
        # A marker is FF and a code; a segment's length counts itself but not the marker.
        if position + 4 > len(jpeg) or jpeg[position] != 0xFF:
            return None
        marker = jpeg[position + 1]
        if marker == 0xFF:  # fill byte
            position += 1
        elif marker in _STANDALONE:
            position += 2
        elif marker in _END_OF_HEADER:
            return None
        else:
            (length,) = _LENGTH.unpack_from(jpeg, position + 2)
            if marker in _START_OF_FRAME:
                return _frame_size(jpeg, position + 4, length)
            # A length below 2 leads to its own second byte or first, and there is no FF.
            position += 2 + length
    return None


def _frame_size(jpeg: bytes, start: int, length: int) -> tuple[int, int] | None:
    # After the length: precision (1 byte), height, width, ...
    if length < 7 or start + 5 > len(jpeg):
        return None
    height, width = _SIZE.unpack_from(jpeg, start + 1)
    return (width, height) if width and height else None
