"""Pictures that are encoded here."""

import numpy as np
import pytest

from camclient.sources import SourceOptions
from camclient.sources.picture import ImageCapture, encode_jpeg, shrink
from camclient.sources.source import SourceError
from camserve.wire import jpeg_dimensions, trim_jpeg
from tests.camclient.sources.fake_video import gray
from tests.camclient.sources.jpegs import corners, noise, shown_corners


def test_a_capture_becomes_one_whole_jpeg_that_fits() -> None:
    jpeg = ImageCapture(noise(), SourceOptions(width=32)).encode(80)
    assert trim_jpeg(jpeg) is jpeg
    assert jpeg_dimensions(jpeg) == (32, 24)


def test_quality_is_the_encoders() -> None:
    capture = ImageCapture(noise(), SourceOptions())
    assert len(capture.encode(10)) < len(capture.encode(90))
    assert capture.encode(80) == encode_jpeg(noise(), 80)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (None, None, (64, 48)),
        (32, None, (32, 24)),
        (None, 24, (32, 24)),
        (32, 48, (32, 24)),
        (64, 12, (16, 12)),
        (640, 480, (64, 48)),
    ],
)
def test_pictures_fit_keep_their_shape_and_are_never_enlarged(
    width: int | None, height: int | None, size: tuple[int, int]
) -> None:
    rows, columns = shrink(gray(1), width, height).shape[:2]
    assert (columns, rows) == size


@pytest.mark.parametrize(
    ("wanted", "size"), [(0, (50, 38)), (20, (20, 15)), (50, (50, 38)), (60, (50, 38))]
)
def test_what_viewers_want_counts_when_it_is_less(wanted: int, size: tuple[int, int]) -> None:
    jpeg = ImageCapture(noise(), SourceOptions(width=50)).encode(80, wanted)
    assert jpeg_dimensions(jpeg) == size


@pytest.mark.parametrize(
    ("rotate", "mirror", "shown"),
    [
        (0, False, ["blue", "green", "red", "white"]),
        (0, True, ["green", "blue", "white", "red"]),
        (90, False, ["white", "blue", "green", "red"]),
        (180, False, ["red", "white", "blue", "green"]),
        (270, False, ["green", "red", "white", "blue"]),
        (90, True, ["red", "green", "blue", "white"]),
    ],
)
def test_a_picture_is_mirrored_and_then_turned(rotate: int, mirror: bool, shown: list[str]) -> None:
    image = corners()
    jpeg = ImageCapture(image, SourceOptions(rotate=rotate, mirror=mirror)).encode(95)
    assert shown_corners(jpeg) == shown
    assert jpeg_dimensions(jpeg) == ((48, 64) if rotate % 180 else (64, 48))
    assert (image == corners()).all()


def test_the_box_is_for_the_turned_picture() -> None:
    jpeg = ImageCapture(noise(), SourceOptions(width=24, height=40, rotate=90)).encode(80)
    assert jpeg_dimensions(jpeg) == (24, 32)


def test_a_picture_too_wide_for_a_jpeg_is_an_error_of_the_source() -> None:
    with pytest.raises(SourceError, match="cannot encode"):
        ImageCapture(np.zeros((1, 70_000, 3), np.uint8), SourceOptions()).encode(80)
