import struct
import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.wire import MAX_PADDING_BYTES, jpeg_dimensions, trim_jpeg

START, END = b"\xff\xd8\xff", b"\xff\xd9"


def picture(width: int, height: int, *, progressive: bool = False) -> bytes:
    """A real JPEG, from an encoder that is not ours."""
    flags = [cv2.IMWRITE_JPEG_PROGRESSIVE, int(progressive)]
    done, encoded = cv2.imencode(".jpg", np.zeros((height, width, 3), np.uint8), flags)
    assert done
    return encoded.tobytes()


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def size_segment(marker: int, width: int, height: int) -> bytes:
    return segment(marker, struct.pack(">BHHB", 8, height, width, 1) + b"\1\x11\0")


def test_a_whole_picture_is_passed_on_without_a_copy() -> None:
    jpeg = picture(64, 48)
    assert trim_jpeg(jpeg) is jpeg


@pytest.mark.parametrize("padding", [b"\0", b"\0" * 1000, b"\xff", b"garbage"])
def test_padding_is_cut(padding: bytes) -> None:
    jpeg = picture(64, 48)
    assert trim_jpeg(jpeg + padding) == jpeg


def test_padding_has_a_bound() -> None:
    jpeg = START + b"picture" + END
    assert trim_jpeg(jpeg + bytes(MAX_PADDING_BYTES)) == jpeg
    assert trim_jpeg(jpeg + bytes(MAX_PADDING_BYTES + 1)) is None


def test_the_last_end_counts() -> None:
    # A thumbnail inside a picture has an end of its own.
    jpeg = START + b"thumbnail" + END + b"picture" + END
    assert trim_jpeg(jpeg + b"\0") == jpeg


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        START,
        b"\xff\xd8\xd9",
        b"\xff\xd8" + END[1:],
        b"x" + picture(8, 8),
        picture(8, 8)[1:],
        picture(8, 8)[:-1],
        picture(8, 8)[:-2],
        b"\x89PNG\r\n\x1a\n" + END,
        b"\xff\xd8\x00" + END,
    ],
)
def test_what_is_no_jpeg(payload: bytes) -> None:
    assert trim_jpeg(payload) is None


def test_the_shortest_there_is() -> None:
    assert trim_jpeg(b"\xff\xd8\xff\xd9") == b"\xff\xd8\xff\xd9"
    assert trim_jpeg(b"\xff\xd8\xff\xd9\0") == b"\xff\xd8\xff\xd9"


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize(("width", "height"), [(1, 1), (640, 480), (300, 1000), (1920, 8)])
def test_the_size_of_a_picture(width: int, height: int, progressive: bool) -> None:
    assert jpeg_dimensions(picture(width, height, progressive=progressive)) == (width, height)


@pytest.mark.parametrize("marker", [m for m in range(0xC0, 0xD0) if m not in {0xC4, 0xC8, 0xCC}])
def test_every_kind_of_frame_header_tells_the_size(marker: int) -> None:
    assert jpeg_dimensions(b"\xff\xd8" + size_segment(marker, 320, 65_535)) == (320, 65_535)


@pytest.mark.parametrize("marker", [0xC4, 0xC8, 0xCC, 0xE0, 0xE1, 0xFE, 0xDB])
def test_no_other_segment_is_taken_for_a_frame_header(marker: int) -> None:
    before = b"\xff\xd8" + size_segment(marker, 1, 1)
    assert jpeg_dimensions(before) is None
    assert jpeg_dimensions(before + size_segment(0xC0, 640, 480)) == (640, 480)


def test_a_thumbnail_inside_a_segment_is_not_the_picture() -> None:
    exif = segment(0xE1, b"Exif\0\0" + b"\xff\xd8" + size_segment(0xC0, 160, 120) + END)
    assert jpeg_dimensions(b"\xff\xd8" + exif + size_segment(0xC2, 640, 480)) == (640, 480)


def test_a_frame_header_may_end_behind_the_size() -> None:
    assert jpeg_dimensions(START[:2] + segment(0xC0, b"\x08\1\0\2\0")) == (512, 256)


def test_fill_bytes_and_markers_without_a_length_are_passed() -> None:
    odd = b"\xff\xd8" + b"\xff\xff\xff\x01" + b"\xff\xd0" + b"\xff\xff"
    assert jpeg_dimensions(odd + size_segment(0xC0, 640, 480)) == (640, 480)


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        size_segment(0xDA, 1, 1) + size_segment(0xC0, 640, 480),  # the scan comes too early
        END + b"\0\2" + size_segment(0xC0, 640, 480),
        b"\xff\0\0\2" + size_segment(0xC0, 640, 480),
        b"\xff\xe0\0\0" + size_segment(0xC0, 640, 480),  # shorter than its own length
        b"\xff\xe0\0\1" + size_segment(0xC0, 640, 480),
        b"\xff\xe0\0",  # cut inside its length
        b"\xff\xe0\0\xff" + size_segment(0xC0, 640, 480),  # goes beyond the end
        b"\xff\xe0\0\2x" + size_segment(0xC0, 640, 480),  # no marker where one should be
        segment(0xC0, b"\x08\0\1\0") + b"\1\1\1\1",
        size_segment(0xC0, 640, 480)[:8],
        size_segment(0xC0, 0, 480),
        size_segment(0xC0, 640, 0),
    ],
)
def test_without_a_frame_header_there_is_no_size(rest: bytes) -> None:
    assert jpeg_dimensions(b"\xff\xd8" + (rest or b"\xff")) is None


@pytest.mark.parametrize("unit", [b"\xff", segment(0xE0, b""), b"\xff\x01"])
def test_a_picture_made_to_be_slow_is_given_up_early(unit: bytes) -> None:
    hostile = b"\xff\xd8\xff\x01" + unit * (4_000_000 // len(unit))
    begin = time.process_time()
    assert jpeg_dimensions(hostile + size_segment(0xC0, 640, 480)) is None
    # 0.3 ms here; walking through all of it takes more than 100 ms.
    assert time.process_time() - begin < 0.05


segments = st.builds(segment, st.integers(min_value=0, max_value=255), st.binary(max_size=20))
almost_jpegs = st.lists(
    st.one_of(
        st.sampled_from([START, END, b"\xff", b"\xff\xd8"]),
        st.binary(max_size=20),
        segments,
        st.builds(
            size_segment,
            st.integers(min_value=0xC0, max_value=0xCF),
            st.integers(min_value=0, max_value=65_535),
            st.integers(min_value=0, max_value=65_535),
        ),
    ),
    max_size=8,
).map(lambda parts: START[:2] + b"".join(parts))


@pytest.mark.fuzz
@given(st.binary(max_size=100) | almost_jpegs, st.integers(min_value=0, max_value=70_000))
def test_trimming_keeps_the_contract(payload: bytes, padding: int) -> None:
    """Of any bytes it keeps a start that is a JPEG and cuts at most MAX_PADDING_BYTES, or None."""
    padded = payload + bytes(padding)
    trimmed = trim_jpeg(padded)
    end = padded.rfind(END)
    if trimmed is None:
        assert (
            not padded.startswith(START)
            or end < 0
            or len(padded) - end - len(END) > MAX_PADDING_BYTES
        )
    else:
        assert trimmed.startswith(START)
        assert trimmed.endswith(END)
        assert padded.startswith(trimmed)
        assert len(padded) - len(trimmed) <= MAX_PADDING_BYTES
        assert END not in padded[len(trimmed) :]
        assert (trimmed is padded) == (trimmed == padded)


@pytest.mark.fuzz
@given(st.binary(max_size=100) | almost_jpegs)
def test_a_size_is_never_an_exception(jpeg: bytes) -> None:
    """Any bytes give None or a width and a height from 1 to 65,535."""
    size = jpeg_dimensions(jpeg)
    assert size is None or all(1 <= side <= 65_535 for side in size)


@pytest.mark.fuzz
@given(st.integers(min_value=0, max_value=1500), st.integers(min_value=0, max_value=255))
def test_a_damaged_picture_has_a_size_or_none(place: int, byte: int) -> None:
    """A real picture, cut or with one byte changed, never raises."""
    jpeg = picture(16, 16)
    place %= len(jpeg)
    jpeg_dimensions(jpeg[:place])
    trim_jpeg(jpeg[:place])
    jpeg_dimensions(jpeg[:place] + bytes([byte]) + jpeg[place + 1 :])
