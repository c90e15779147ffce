import base64

import pytest

from camserve.wire import trim_jpeg

from .stamp import MARK, Picture, Stamp, read_stamp


def test_a_stamp_is_read_back() -> None:
    picture = Picture(100).stamped(123_456_789_012_345, 7, 3)
    assert len(picture) == 100
    assert read_stamp(picture) == Stamp(123_456_789_012_345, 7, 100, 3)


def test_the_server_takes_a_picture_as_it_is() -> None:
    picture = Picture(30_000).stamped(1, 2, 3)
    assert trim_jpeg(picture) is picture


def test_the_stamp_fills_whole_characters_of_base64() -> None:
    # stream.c decodes the first 48 characters alone.
    picture = Picture(1000).stamped(2**63, 2**32 - 1, 9)
    stamp = base64.b64decode(base64.b64encode(picture)[:48])
    assert stamp == picture[:36]


@pytest.mark.parametrize("picture", [b"", MARK, b"\xff\xd8\xff\xe0" + bytes(60)])
def test_what_has_no_stamp(picture: bytes) -> None:
    assert read_stamp(picture) is None


def test_a_picture_has_room_for_its_stamp() -> None:
    with pytest.raises(ValueError, match="at least 38 bytes"):
        Picture(37)
