import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest
from cv2.typing import MatLike

from camclient.sources import SourceOptions
from camclient.sources.overlay import Stamp, draw_overlay, overlay_words, printable
from camclient.sources.packets import JpegCapture
from camclient.sources.picture import ImageCapture, encode_jpeg
from tests.camclient.sources.jpegs import decode

#: A place where it is five and a half hours later than at Greenwich.
STAMP = Stamp(datetime(2024, 2, 29, 3, 4, 5, 678, timezone(timedelta(hours=5.5))), 42)
ALL = ("time", "utc", "name", "temperature", "frame")


@pytest.fixture(autouse=True)
def degrees(monkeypatch: pytest.MonkeyPatch) -> list[float | None]:
    """What the sensor says next."""
    values: list[float | None] = [48.26]
    monkeypatch.setattr("camclient.sources.overlay.cpu_temperature", lambda: values[-1])
    return values


def words(*parts: str, name: str | None = None) -> list[str]:
    return overlay_words(SourceOptions(overlay=parts, camera_name=name), STAMP)


@pytest.fixture
def _far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer in Tokyo."""
    with monkeypatch.context() as environment:
        environment.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_east")
def test_each_part_says_what_it_is_called() -> None:
    assert words(*ALL, name="Porch") == [
        "2024-02-29 03:04:05",
        "2024-02-28 21:34:05 UTC",
        "Porch",
        "48.3 C",
        "#42",
    ]


def test_the_order_is_the_users() -> None:
    assert words("frame", "name", name="Porch") == ["#42", "Porch"]


def test_a_temperature_that_nobody_knows_is_left_out(degrees: list[float | None]) -> None:
    degrees.append(None)
    assert words("temperature", "frame") == ["#42"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Porch", "Porch"),
        ("Haustür Süd", "Haustur Sud"),
        ("Straße", "Strasse"),
        ("дом\n1", "????1"),
    ],
)
def test_a_name_is_written_in_letters_that_the_font_has(name: str, shown: str) -> None:
    assert printable(name) == shown


def test_now_has_a_time_zone() -> None:
    before = datetime.now(UTC)
    assert before <= Stamp.now(1).at <= datetime.now(UTC)
    assert Stamp.now(7).number == 7


@pytest.mark.parametrize("level", [0, 128, 255])
@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (640, 480), (320, 240), (160, 120)])
def test_text_is_light_on_dark_whatever_is_behind(width: int, height: int, level: int) -> None:
    image = np.full((height, width, 3), level, np.uint8)
    draw_overlay(image, ["2024-02-29 03:04:05"])
    row = image[: height // 20, : width // 8]
    assert row.max() > 200
    assert row[0].max() <= level // 4
    assert (image[height // 5 :] == level).all()
    assert (image[:, -1] == level).all()  # a short text leaves the rest of the row alone


@pytest.mark.parametrize(("width", "height"), [(48, 64), (64, 48), (16, 16), (2, 2), (1, 300)])
def test_a_picture_too_small_for_the_text_is_no_error(width: int, height: int) -> None:
    draw_overlay(np.zeros((height, width, 3), np.uint8), words(*ALL, name="Porch" * 30))


def test_text_wider_than_the_picture_is_made_smaller_and_so_seen_whole() -> None:
    one, other = (np.zeros((240, 320, 3), np.uint8) for _ in range(2))
    draw_overlay(one, ["W" * 60 + "I"])
    draw_overlay(other, ["W" * 60 + "O"])
    assert (one != other).any()


def test_no_words_change_nothing() -> None:
    image = np.full((48, 64, 3), 100, np.uint8)
    draw_overlay(image, [])
    assert (image == 100).all()


def test_words_that_do_not_fit_beside_each_other_go_below() -> None:
    one, many = (np.full((120, 160, 3), 255, np.uint8) for _ in range(2))
    draw_overlay(one, words("time"))
    draw_overlay(many, words(*ALL, name="Porch"))

    def dark_rows(image: MatLike) -> int:
        return int((image[:, 0].max(axis=1) < 100).sum())

    assert 2 * dark_rows(one) <= dark_rows(many) <= 5 * dark_rows(one)


def test_the_overlay_is_upright_in_a_turned_picture_and_the_camera_is_left_alone() -> None:
    image = np.full((480, 640, 3), 128, np.uint8)
    options = SourceOptions(overlay=("time",), rotate=90)
    straight = np.full((640, 480, 3), 128, np.uint8)
    draw_overlay(straight, overlay_words(options, STAMP))
    assert ImageCapture(image, options, STAMP).encode(90) == encode_jpeg(straight, 90)
    upright = SourceOptions(overlay=("time",))
    assert ImageCapture(image, upright, STAMP).encode(90) != encode_jpeg(image, 90)
    assert (image == 128).all()


def test_a_jpeg_gets_it_too() -> None:
    gray = encode_jpeg(np.full((480, 640, 3), 128, np.uint8), 90)
    first, second = (
        JpegCapture(gray, SourceOptions(overlay=("frame",)), Stamp(STAMP.at, number)).encode(90)
        for number in (1, 2)
    )
    different = np.abs(decode(first).astype(int) - decode(second)).max(axis=2) > 40
    assert different.any()
    assert not different[60:].any()
