"""Streams of JPEGs for the splitter: real ones from OpenCV, and ones put together by segments."""

import struct
from collections.abc import Iterable

import cv2
import numpy as np
from hypothesis import strategies as st

from camclient.sources.splitter import JpegSplitter

SOI, EOI = b"\xff\xd8", b"\xff\xd9"
START = SOI + b"\xff"
APP1, COM, DQT, DHT, DRI, DNL, SOF0, SOS = 0xE1, 0xFE, 0xDB, 0xC4, 0xDD, 0xDC, 0xC0, 0xDA


def picture(seed: int = 0, *settings: int, size: int = 64) -> bytes:
    """A real JPEG of noise; `settings` as for cv2.imencode."""
    noise = np.random.default_rng(seed).integers(0, 255, (size, size, 3), np.uint8)
    done, encoded = cv2.imencode(".jpg", noise, settings)
    assert done
    return encoded.tobytes()


def segment(code: int, content: bytes = b"") -> bytes:
    return struct.pack(">BBH", 0xFF, code, len(content) + 2) + content


def with_thumbnail(jpeg: bytes, thumbnail: bytes) -> bytes:
    """A JPEG with a whole other one in its EXIF segment."""
    return SOI + segment(APP1, b"Exif\0\0" + thumbnail) + jpeg[2:]


def entropy_coded(chunks: Iterable[bytes]) -> bytes:
    """Data of a scan: each FF gets its zero, and restart markers stand between the chunks."""
    coded = b""
    for number, chunk in enumerate(chunks):
        restart = bytes([0xFF, 0xD0 + (number - 1) % 8]) if number else b""
        coded += restart + chunk.replace(b"\xff", b"\xff\0")
    return coded


HEADER = segment(SOF0, b"\x08\0\x10\0\x10\1\1\x11\0")
SCAN = segment(SOS, b"\1\1\0\0\x3f\0")

_no_start = st.binary(max_size=60).filter(lambda data: START not in data + b"\xff")
_fill = st.integers(0, 3).map(lambda count: b"\xff" * count)
_tables = st.builds(segment, st.sampled_from([DQT, DHT, DRI, 0xCC]), _no_start)
_anything = st.builds(
    segment,
    st.sampled_from([APP1, 0xE0, 0xE2, 0xEF, COM, 0xF7]),
    st.one_of(
        st.binary(max_size=60),
        st.binary(max_size=20).map(lambda data: data + picture(size=8) + data),
        st.just(START + EOI + SOI + EOI),
    ),
)
_chunks = st.one_of(st.binary(max_size=30), st.sampled_from([b"\xff", EOI, START * 3]))
_scans = st.lists(_chunks, max_size=12).map(lambda chunks: SCAN + entropy_coded(chunks))
_height = segment(DNL, b"\0\x10")


@st.composite
def frames(draw: st.DrawFn, extras: bool = True) -> bytes:
    """A JPEG by the rules of T.81, with everything that it allows.

    extras: with segments that may hold anything, also thumbnails.
    """
    some = st.lists(st.one_of(_tables, _anything) if extras else _tables, max_size=3)
    parts = [*draw(some), HEADER, *draw(some), draw(_scans)]
    for _ in range(draw(st.integers(0, 2))):
        parts += [*draw(some), draw(_scans)]
    if draw(st.booleans()):
        parts.append(_height)
    parts.append(EOI)
    return SOI + b"".join(draw(_fill) + part for part in parts)


#: What may stand between frames: anything without a start.
garbage = st.one_of(
    _no_start,
    st.sampled_from(
        [
            b"",
            bytes(100),
            b"\r\n",
            b"\r\n--ffmpeg\r\nContent-type: image/jpeg\r\nContent-length: 1234\r\n\r\n",
            b"\xff",
            SOI,
            EOI,
            b"\xff\0" * 5,
            b"\xff" * 100,
            HEADER + SCAN,
        ]
    ),
)


def split(pieces: Iterable[bytes], splitter: JpegSplitter | None = None) -> list[bytes]:
    """The frames in these pieces."""
    splitter = splitter or JpegSplitter()
    found = []
    for piece in pieces:
        splitter.receive_data(piece)
        while (frame := splitter.next_frame()) is not None:
            found.append(frame)
    return found
