"""What is done to a camera's JPEG before it is passed on."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camclient.sources.huffman import STANDARD_TABLES
from camclient.sources.jpeg import end_of_picture, header, is_one_picture, whole_jpeg
from camclient.sources.picture import encode_jpeg
from tests.camclient.sources.jpegs import decode, noise, photo, without_tables

PHOTO = photo()
#: A segment APP0 that holds a whole JPEG of its own, as metadata with a thumbnail does.
THUMBNAIL = b"\xff\xe0" + (2 + len(PHOTO)).to_bytes(2, "big") + PHOTO


def progressive() -> bytes:
    options = [cv2.IMWRITE_JPEG_PROGRESSIVE, 1, cv2.IMWRITE_JPEG_RST_INTERVAL, 2]
    return cv2.imencode(".jpg", noise(), options)[1].tobytes()


def test_a_whole_jpeg_is_passed_on_as_the_same_object() -> None:
    assert whole_jpeg(PHOTO) is PHOTO


@pytest.mark.parametrize(
    "jpeg",
    [
        pytest.param(PHOTO, id="baseline"),
        pytest.param(progressive(), id="many scans, restart markers"),
        pytest.param(PHOTO[:2] + THUMBNAIL + PHOTO[2:], id="with a thumbnail"),
        pytest.param(PHOTO[:-2] + b"\xff\xff\xff\xd9", id="fill bytes before EOI"),
    ],
)
@pytest.mark.parametrize("padding", [b"", b"\0" * 100_000, b"rest of another\xff\xd9", PHOTO])
def test_what_follows_its_own_end_is_cut(jpeg: bytes, padding: bytes) -> None:
    assert whole_jpeg(jpeg + padding) == jpeg


@pytest.mark.parametrize("jpeg", [PHOTO, progressive(), PHOTO[:2] + THUMBNAIL + PHOTO[2:]])
def test_a_picture_cut_short_is_none(jpeg: bytes) -> None:
    """However much of it is there."""
    assert [n for n in range(len(jpeg)) if whole_jpeg(jpeg[:n]) is not None] == []


def test_tables_that_are_left_out_are_put_in() -> None:
    bare = without_tables(PHOTO)
    assert b"\xff\xc4" not in bare[:600]
    mended = whole_jpeg(bare)
    assert mended is not None
    assert mended.replace(STANDARD_TABLES, b"") == bare
    assert [segment.marker for segment in header(mended)][-2:] == [0xC4, 0xDA]
    assert (decode(mended) == decode(PHOTO)).all()


def test_the_tables_are_those_of_the_standard() -> None:
    """libjpeg writes them too, when it is not asked to optimize; one segment for each."""
    theirs = {
        PHOTO[segment.start + 4 : segment.end]
        for segment in header(PHOTO)
        if segment.marker == 0xC4
    }
    assert len(theirs) == 4
    assert len(STANDARD_TABLES) == 4 + sum(map(len, theirs)) == 4 + 416
    assert all(table in STANDARD_TABLES for table in theirs)


def test_two_fields_are_not_one_picture() -> None:
    assert is_one_picture(PHOTO)
    assert is_one_picture(PHOTO + b"\0" * 1000)
    assert not is_one_picture(PHOTO + PHOTO)
    assert not is_one_picture(PHOTO + b"\0\0" + PHOTO)
    assert not is_one_picture(PHOTO[:-2])


def test_lossless_jpeg_is_no_picture_for_a_browser() -> None:
    assert not is_one_picture(PHOTO.replace(b"\xff\xc0", b"\xff\xc3", 1))


def test_a_gray_jpeg_is_one_too() -> None:
    gray = encode_jpeg(np.zeros((8, 8), np.uint8), 80)
    assert whole_jpeg(gray) is gray


@pytest.mark.fuzz
@given(st.binary(max_size=60), st.integers(0, len(PHOTO)), st.integers(0, len(PHOTO)))
def test_no_bytes_are_an_error(junk: bytes, start: int, length: int) -> None:
    """Whatever is written over a JPEG, nothing raises, and what is kept is a part of it."""
    broken = PHOTO[:start] + junk + PHOTO[start + length :]
    for packet in (broken, b"\xff\xd8\xff" + junk):
        end = end_of_picture(packet)
        assert end is None or packet[:end].endswith(b"\xff\xd9")
        is_one_picture(packet)
        kept = whole_jpeg(packet)
        assert kept is None or packet.startswith(kept.replace(STANDARD_TABLES, b""))
