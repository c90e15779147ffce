"""Whole JPEGs out of a stream of bytes, such as the output of a program (ITU-T T.81, annex B).

A JPEG is a chain of segments, each with its length, between SOI and EOI; a segment may hold
anything, also a whole JPEG as its thumbnail. Only the data of a scan has no length: it ends at the
first FF that is followed by neither a zero (then it is a data byte), nor a restart marker, nor
another FF. So the splitter hops from segment to segment and searches for FF in scans only.

When what comes next is no JPEG, the frame is dropped and the search for the next start goes on
behind the frame's last marker. Not further on, because the segment there may have been cut short
and have taken the beginning of the next frame for its own end. And not further back, so that every
byte is looked at a bounded number of times, whatever comes.
"""

from enum import Enum, auto
from typing import Final

from camserve.wire import MAX_FRAME_BYTES

#: SOI, and the FF of the marker that must follow: two bytes alone are too common in other data.
_START: Final = b"\xff\xd8\xff"
_FF: Final = b"\xff"
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_NO_SEGMENT: Final = 0
_RESTARTS: Final = range(0xD0, 0xD8)
#: SOF0 to SOF15 without DHT, JPG and DAC. A picture has exactly one, before its first scan.
_FRAME_HEADERS: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: APP0 to APP15, JPG0 to JPG13 and COM. All other segments are headers and tables, in which the
#: three bytes of a start make no sense.
_ANYTHING_INSIDE: Final = range(0xE0, 0xFF)
_FIRST_SEGMENT: Final = 0xC0  # lower codes are reserved, but for the zero and TEM, both for scans
#: T.81 allows any number of fill bytes before a marker; encoders use a few, to align segments.
MAX_FILL_BYTES: Final = 64


class _Part(Enum):
    """Where in the stream the next byte lies."""

    BETWEEN = auto()  # frames
    SEGMENTS = auto()  # at the end of one, or before the first
    SCAN = auto()


class JpegSplitter:
    """Finds the frames in a stream of JPEGs. Without I/O: the caller brings the bytes.

    Put what arrives into `receive_data`, then call `next_frame` until it answers None. What lies
    between frames (boundaries of multipart, zeros, line ends) is skipped. A frame that was cut
    short is lost, and the next one is not. One exception: when it was cut inside an APP segment or
    a comment, its thumbnail may come out, or the next frame behind the cut one's beginning.

    Args:
        max_frame_bytes: longer frames are dropped, and never held as a whole.

    Attributes:
        dropped_frames: starts that no frame came of.
    """

    def __init__(self, *, max_frame_bytes: int = MAX_FRAME_BYTES) -> None:
        self.dropped_frames = 0
        self._max_frame_bytes = max_frame_bytes
        self._held: bytes | bytearray = b""
        self._received = self._given = 0  # bytes
        self._part = _Part.BETWEEN
        # Places in what is held; the first may lie behind its end.
        self._next = 0  # what lies before was looked at, or is inside a segment
        self._start = 0  # of this frame
        self._resume = 0  # where the search goes on if this is no frame: behind its last marker
        self._segment = _NO_SEGMENT  # code of the one that begins at `_resume`
        self._has_header = self._has_scan = False

    @property
    def buffered_bytes(self) -> int:
        """Bytes that are held. After `next_frame` answered None: at most `max_frame_bytes`."""
        return len(self._held)

    @property
    def skipped_bytes(self) -> int:
        """Bytes that belonged to no frame that was given: padding, and what was dropped."""
        return self._received - self._given - len(self._held)

    def receive_data(self, data: bytes) -> None:
        """Hold what arrived; `next_frame` makes frames of it. Never raises."""
        self._received += len(data)
        if not self._held:
            self._held = data  # not copied: it often holds whole frames
        elif isinstance(self._held, bytearray):
            self._held += data
        else:
            self._held = bytearray(self._held) + data

    def next_frame(self) -> bytes | None:
        """The next complete JPEG, SOI to EOI; None when more bytes are needed. Never raises."""
        while True:
            part = self._part
            if part is _Part.BETWEEN:
                self._find_start()
            elif part is _Part.SCAN:
                self._pass_scan()
            elif end := self._pass_segments():
                return self._take(end)
            if self._part is not part:
                continue
            if part is _Part.BETWEEN or not self._is_too_long(len(self._held)):
                self._let_go()
                return None
            self._drop()

    def _find_start(self) -> None:
        start = self._held.find(_START, self._next)
        if start < 0:
            # The last two bytes may be the beginning of a start.
            self._next = max(self._next, len(self._held) - len(_START) + 1)
            return
        self._part = _Part.SEGMENTS
        self._start = start
        self._next = self._resume = start + 2
        self._segment = _NO_SEGMENT
        self._has_header = self._has_scan = False

    def _pass_scan(self) -> None:
        held, place = self._held, self._next
        while 0 <= (place := held.find(_FF, place)) < len(held) - 1:
            code = held[place + 1]
            if code == 0 or code in _RESTARTS:
                place += 2
            elif code == 0xFF:
                place += 1
            else:
                self._part = _Part.SEGMENTS
                self._next = self._resume = place
                self._segment = _NO_SEGMENT
                return
        self._next = place if place >= 0 else len(held)

    def _pass_segments(self) -> int:
        """Hop from segment to segment; where the frame ends, or 0 when that is not known yet."""
        held, length = self._held, len(self._held)
        # A segment is judged when the first byte behind it is there.
        while self._next < length:
            if self._swallowed_a_start():
                return self._drop()
            if self._segment == _SOS:
                self._part = _Part.SCAN
                return 0
            place = self._place_of_code()
            if place < 0:
                return self._drop()
            if place == length or self._is_too_long(place + 1):
                return 0
            code = held[place]
            if code == _EOI and self._has_scan:
                return place + 1
            if code == _SOI:
                self._resume = place - 1
                return self._drop()
            if not self._may_follow(code) or self._is_too_long(place + 3):
                return self._drop()
            if place + 2 >= length:
                return 0
            end = place + 1 + (held[place + 1] << 8 | held[place + 2])
            if end < place + 3:  # the length counts itself
                return self._drop()
            self._next, self._resume, self._segment = end, place + 1, code
            self._has_header |= code in _FRAME_HEADERS
            self._has_scan |= code == _SOS
            if self._is_too_long(end):
                return self._drop()
        return 0

    def _place_of_code(self) -> int:
        """Of the marker at `_next`; the end of what is held if it is not there; -1 if no marker."""
        held, place = self._held, self._next
        last = min(len(held), place + 1 + MAX_FILL_BYTES)
        while place < last and held[place] == 0xFF:
            place += 1
        if place == self._next or (place == last < len(held) and held[place] == 0xFF):
            return -1
        return place

    def _may_follow(self, code: int) -> bool:
        """Whether a segment with this marker makes sense here."""
        if code < _FIRST_SEGMENT or code in _RESTARTS:
            return False
        if code in _FRAME_HEADERS:
            return not self._has_header
        if code == _EOI:
            return False  # without a scan: these were tables for other pictures (T.81, B.4)
        return code != _SOS or self._has_header

    def _swallowed_a_start(self) -> bool:
        """Whether the last segment was cut short and runs on into the next frame."""
        if self._segment == _NO_SEGMENT or self._segment in _ANYTHING_INSIDE:
            return False
        if self._segment == _SOS and self._held[self._next - 1] == 0xFF:
            return True  # no scan header ends like this (B.2.3), and no marker need follow it
        return self._held.find(_START, self._resume, self._next + 1) >= 0

    def _is_too_long(self, end: int) -> bool:
        return end - self._start > self._max_frame_bytes

    def _drop(self) -> int:
        """Give the frame up, and search on. Always 0."""
        self.dropped_frames += 1
        self._part = _Part.BETWEEN
        self._next = self._resume
        return 0

    def _take(self, end: int) -> bytes:
        with memoryview(self._held) as view:  # slicing a bytearray would copy twice
            frame = bytes(view[self._start : end])
        self._part = _Part.BETWEEN
        self._next = end
        self._given += len(frame)
        return frame

    def _let_go(self) -> None:
        """Hold no more than what the next call needs, in memory of its own."""
        passed = self._next if self._part is _Part.BETWEEN else self._start
        if not passed:
            return
        if isinstance(self._held, bytearray):
            del self._held[:passed]
        else:
            with memoryview(self._held) as view:
                self._held = bytearray(view[passed:])
        self._start -= passed
        self._next -= passed
        self._resume -= passed
