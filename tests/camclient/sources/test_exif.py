"""Rotation and mirror without decoding. OpenCV obeys EXIF when it decodes, as browsers do."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camclient.sources import exif
from camclient.sources.picture import encode_jpeg, turn
from tests.camclient.sources.jpegs import corners, decode, photo, shown_corners

FLAT = encode_jpeg(corners(), 95)
CORNERS = ["blue", "green", "red", "white"]


def segment(tiff: bytes) -> bytes:
    body = b"Exif\0\0" + tiff
    return b"\xff\xe1" + struct.pack(">H", 2 + len(body)) + body


def with_exif(tiff: bytes, jpeg: bytes = FLAT) -> bytes:
    """A JPEG as digital cameras write it: EXIF behind SOI."""
    return jpeg[:2] + segment(tiff) + jpeg[2:]


def tiff(order: str, *entries: tuple[int, int, int, int], tail: bytes = b"\0\0\0\0") -> bytes:
    """A TIFF with one directory. entries: tag, type, count, value."""
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    listed = b"".join(
        struct.pack(order + ("HHIHH" if kind == 3 else "HHII"), tag, kind, count, value, *more)
        for tag, kind, count, value in entries
        for more in ([(0,)] if kind == 3 else [()])
    )
    return head + struct.pack(order + "H", len(entries)) + listed + tail


@pytest.mark.parametrize("mirror", [False, True])
@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_picture_is_shown_mirrored_and_then_turned_clockwise(rotate: int, mirror: bool) -> None:
    jpeg = exif.set_orientation(FLAT, exif.orientation(rotate, mirror))
    expected = ["green", "blue", "white", "red"] if mirror else CORNERS
    steps = rotate // 90
    assert shown_corners(jpeg) == expected[-steps:] + expected[:-steps]


@pytest.mark.parametrize("value", range(1, 9))
def test_only_a_segment_behind_soi_is_new(value: int) -> None:
    jpeg = exif.set_orientation(FLAT, value)
    assert exif.get_orientation(jpeg) == value
    assert jpeg[:4] == b"\xff\xd8\xff\xe1"
    length = 2 + int.from_bytes(jpeg[4:6], "big")
    assert jpeg[:2] + jpeg[2 + length :] == FLAT


@pytest.mark.parametrize("first", range(1, 9))
@pytest.mark.parametrize("then", range(1, 9))
def test_two_orientations_after_each_other_are_one(first: int, then: int) -> None:
    combined = exif.combine(first, then)
    image = corners()
    assert (turn(turn(image, first), then) == turn(image, combined)).all()
    assert shown_corners(exif.set_orientation(FLAT, combined)) == shown_corners(
        encode_jpeg(turn(turn(image, first), then), 95)
    )
    assert exif.swaps_sides(combined) == (exif.swaps_sides(first) != exif.swaps_sides(then))


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_value_that_is_there_is_changed_in_place(order: str) -> None:
    old = with_exif(tiff(order, (0x010F, 2, 4, 0x31323300), (0x0112, 3, 1, 6)))
    assert exif.get_orientation(old) == 6
    new = exif.set_orientation(old, 3)
    assert exif.get_orientation(new) == 3
    assert len(new) == len(old)
    assert sum(a != b for a, b in zip(old, new, strict=True)) == 1
    assert shown_corners(new) == ["red", "white", "blue", "green"]


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_without_an_orientation_keeps_all_else(order: str) -> None:
    """The maker's name lies behind the directory, and a second directory behind that."""
    place = 8 + 2 + 2 * 12 + 4
    second = struct.pack(order + "H", 0)
    data = tiff(
        order,
        (0x010F, 2, 6, place),
        (0x0213, 3, 1, 1),
        tail=struct.pack(order + "I", place + 6) + b"Maker\0" + second + b"!",
    )
    new = exif.set_orientation(with_exif(data), 8)
    assert exif.get_orientation(new) == 8
    assert shown_corners(new) == ["green", "red", "white", "blue"]
    inside = new[new.index(b"Exif\0\0") + 6 :]
    (start,) = struct.unpack_from(order + "I", inside, 4)
    assert start % 2 == 0
    assert struct.unpack_from(order + "H", inside, start) == (3,)
    tags = [struct.unpack_from(order + "HHII", inside, start + 2 + 12 * n) for n in range(3)]
    assert [tag for tag, *_ in tags] == [0x010F, 0x0112, 0x0213]  # TIFF wants them in order
    assert inside[tags[0][3] :].startswith(b"Maker\0")
    assert struct.unpack_from(order + "I", inside, start + 2 + 36) == (place + 6,)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"XX*\0\0\0\0\x08", id="no byte order"),
        pytest.param(b"MM\0*\xff\xff\xff\xff", id="directory outside"),
        pytest.param(b"MM\0*\0\0\0\x08\xff\xff", id="too many entries"),
        pytest.param(tiff(">", (0x0112, 4, 1, 6)), id="value of another type"),
        pytest.param(tiff(">", (0x0112, 3, 7, 6)), id="seven values"),
    ],
)
def test_malformed_exif_is_replaced(data: bytes) -> None:
    old = with_exif(data)
    assert exif.get_orientation(old) == 1
    new = exif.set_orientation(old, 6)
    assert exif.get_orientation(new) == 6
    assert new.count(b"Exif\0\0") == 1
    assert shown_corners(new) == ["white", "blue", "green", "red"]


def test_an_orientation_that_does_not_exist_is_upright() -> None:
    assert exif.get_orientation(with_exif(tiff(">", (0x0112, 3, 1, 9)))) == 1


def test_exif_that_has_no_room_for_more_is_replaced() -> None:
    full = tiff(">", (0x0213, 3, 1, 1), tail=bytes(65_500))
    new = exif.set_orientation(with_exif(full), 6)
    assert exif.get_orientation(new) == 6
    assert len(new) < len(FLAT) + 100


def test_bytes_after_the_header_are_not_taken_for_exif() -> None:
    jpeg = photo() + segment(tiff(">", (0x0112, 3, 1, 6)))
    assert exif.get_orientation(jpeg) == 1


@pytest.mark.fuzz
@given(st.binary(max_size=80), st.integers(1, 8), st.sampled_from([b"", b"MM\0*", b"II*\0"]))
def test_whatever_is_in_the_exif_the_picture_stays_and_is_turned(
    junk: bytes, value: int, start: bytes
) -> None:
    """The orientation that was set is the one that is read, and the picture can be decoded."""
    new = exif.set_orientation(with_exif(start + junk), value)
    assert exif.get_orientation(new) == value
    assert decode(new).shape == ((64, 48, 3) if exif.swaps_sides(value) else (48, 64, 3))
