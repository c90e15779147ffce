from dataclasses import replace

import pytest

from camclient.condition import describe
from camclient.meter import Stats
from camserve.wire import UNLIMITED_FPS

WELL = Stats(
    fps=14.96,
    demanded_fps=15,
    bytes_per_second=212_400,
    quality=80,
    round_trip=0.0123,
    connected=True,
    last_frame_age=0.05,
)


def test_all_numbers_are_there() -> None:
    assert describe(WELL) == (
        "connected, 15.0 fps (15 wanted), 212 kB/s, quality 80, round trip 12 ms"
    )


@pytest.mark.parametrize(
    ("stats", "start"),
    [
        (replace(WELL, last_frame_age=None), "no picture yet, 15.0"),
        (replace(WELL, last_frame_age=9.9), "connected, "),
        (replace(WELL, last_frame_age=12.4), "no picture for 12 s, "),
        (replace(WELL, last_frame_age=150), "no picture for 2 min, "),
        (replace(WELL, last_frame_age=7300), "no picture for 2 h, "),
        (replace(WELL, last_frame_age=1e6), "no picture for 11 d, "),
        (
            replace(WELL, connected=False, last_frame_age=99),
            "no connection, no picture for 1 min",
        ),
        (replace(WELL, demanded_fps=0, fps=0.2), "nobody watches, 0.2 fps, "),
        (replace(WELL, demanded_fps=UNLIMITED_FPS), "connected, 15.0 fps (all wanted), "),
        (replace(WELL, demanded_fps=None), "connected, 15.0 fps, "),
    ],
)
def test_the_state_comes_first(stats: Stats, start: str) -> None:
    assert describe(stats).startswith(start)


def test_what_is_not_known_is_left_out() -> None:
    unknown = replace(WELL, round_trip=None, quality=0)
    assert describe(unknown) == "connected, 15.0 fps (15 wanted), 212 kB/s"


def test_without_a_connection_there_are_no_numbers() -> None:
    assert describe(replace(WELL, connected=False)) == "no connection"


def test_pictures_that_are_passed_on_have_no_quality_of_ours() -> None:
    assert describe(replace(WELL, encodes=False)) == (
        "connected, 15.0 fps (15 wanted), 212 kB/s, as they came, round trip 12 ms"
    )


@pytest.mark.parametrize("width", range(0, 90, 7))
def test_it_fits_and_is_cut_between_its_parts(width: int) -> None:
    line = describe(WELL, width)
    assert len(line) <= width
    if width >= len("connected"):
        assert describe(WELL).startswith((f"{line},", f"{line}\n")) or line == describe(WELL)


def test_pictures_that_come_seldom_on_purpose_are_not_missed() -> None:
    idle = replace(WELL, demanded_fps=0, last_frame_age=40)
    assert describe(idle, late=70).startswith("nobody watches")
    assert describe(idle).startswith("no picture for 40 s")
