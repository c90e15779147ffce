import struct
import sys

import cv2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.scaling import ScalingUnavailableError, UndecodableError, require_opencv
from camserve.scaling.picture import shrink
from camserve.wire import jpeg_dimensions

from .pictures import BROKEN, corners, picture, shape

UPRIGHT = ["red", "green", "blue", "white"]


@given(
    size=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    width=st.integers(1, 450),
    orientation=st.sampled_from([None, *range(1, 9)]),
)
def test_exactly_as_wide_as_asked_never_wider_shape_kept(
    size: tuple[int, int], width: int, orientation: int | None
) -> None:
    """Whatever the picture, the result is `width` wide with the same shape, or is the picture."""
    jpeg = picture(*size, orientation)
    shown_width, shown_height = shape(jpeg)
    small = shrink(jpeg, width)
    if shown_width <= width:
        assert small is jpeg
    else:
        assert shape(small) == (width, max(1, round(shown_height * width / shown_width)))
        assert jpeg_dimensions(small) == shape(small)


@pytest.mark.parametrize("orientation", [None, *range(1, 9)])
@pytest.mark.parametrize("width", [80, 200, 500])
def test_shows_the_same_picture_upright(orientation: int | None, width: int) -> None:
    jpeg = picture(1000, 600, orientation)
    assert corners(shrink(jpeg, width)) == corners(jpeg)


def test_the_same_colours() -> None:
    assert corners(shrink(picture(640, 480), 16)) == UPRIGHT


@pytest.mark.parametrize(
    ("width", "flag"),
    [
        (999, cv2.IMREAD_COLOR),
        (501, cv2.IMREAD_COLOR),
        (500, cv2.IMREAD_REDUCED_COLOR_2),
        (250, cv2.IMREAD_REDUCED_COLOR_4),
        (125, cv2.IMREAD_REDUCED_COLOR_8),
        (16, cv2.IMREAD_REDUCED_COLOR_8),
    ],
)
def test_large_reductions_are_left_to_the_decoder(
    monkeypatch: pytest.MonkeyPatch, width: int, flag: int
) -> None:
    flags = []
    decode = cv2.imdecode

    def noting(data: object, given_flag: int) -> object:
        flags.append(given_flag)
        return decode(data, given_flag)  # type: ignore[call-overload]

    monkeypatch.setattr(cv2, "imdecode", noting)
    shrink(picture(1000, 100), width)
    assert flags == [flag]


@pytest.mark.parametrize(
    "jpeg",
    [
        b"\xff\xd8\xff\xd9",
        b"\xff\xd8\xff\xe0....\xff\xd9",
        BROKEN,
        # The frame header says how much memory it would take; a few bytes can say a lot.
        BROKEN.replace(struct.pack(">HH", 240, 320), struct.pack(">HH", 65535, 65535)),
    ],
)
def test_what_cannot_be_decoded(jpeg: bytes) -> None:
    with pytest.raises(UndecodableError):
        shrink(jpeg, 100)


def test_a_picture_with_too_many_pixels_is_not_even_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("camserve.scaling.picture.MAX_PIXELS", 640 * 480 - 1)
    monkeypatch.setattr(cv2, "imdecode", None)
    with pytest.raises(UndecodableError):
        shrink(picture(640, 480), 100)


@pytest.mark.parametrize("error", [cv2.error("no memory"), MemoryError()])
def test_opencv_fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(cv2, "resize", fail)
    with pytest.raises(UndecodableError):
        shrink(picture(640, 480), 100)


def test_without_opencv(monkeypatch: pytest.MonkeyPatch) -> None:
    require_opencv()
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ScalingUnavailableError, match=r"pip install \"camserve\[camera\]\""):
        require_opencv()
    with pytest.raises(ScalingUnavailableError, match=r"pip install \"camserve\[camera\]\""):
        shrink(picture(640, 480), 100)


def test_opencv_is_looked_for_without_importing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "cv2")
    require_opencv()
    assert "cv2" not in sys.modules
    monkeypatch.setattr("camserve.scaling.picture.find_spec", lambda name: None)
    with pytest.raises(ScalingUnavailableError):
        require_opencv()
