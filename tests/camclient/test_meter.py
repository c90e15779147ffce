import pytest

from camclient.meter import WINDOW, Meter


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_at_first_there_is_nothing() -> None:
    stats = Meter(Clock()).snapshot()
    assert (stats.fps, stats.bytes_per_second, stats.connected) == (0, 0, False)
    assert stats.demanded_fps is stats.round_trip is stats.last_frame_age is None


def test_rates_are_the_mean_of_the_last_seconds() -> None:
    clock = Clock()
    meter = Meter(clock)
    for _ in range(100):
        clock.now += 0.1
        meter.frame_sent(2000)
    stats = meter.snapshot()
    assert stats.fps == pytest.approx(10, rel=0.05)
    assert stats.bytes_per_second == pytest.approx(20_000, rel=0.05)
    clock.now += WINDOW + 1
    assert meter.snapshot().fps == 0


def test_the_age_of_the_last_picture_is_that_of_the_source() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter.frame_captured()
    clock.now += 3
    meter.frame_sent(1)
    assert meter.snapshot().last_frame_age == 3


def test_a_round_trip_belongs_to_its_connection() -> None:
    meter = Meter(Clock())
    meter.connected()
    meter.pong(0.25)
    stats = meter.snapshot()
    assert (stats.connected, stats.round_trip) == (True, 0.25)
    meter.disconnected()
    stats = meter.snapshot()
    assert (stats.connected, stats.round_trip) == (False, None)


def test_memory_is_bounded_however_many_pictures_there_are() -> None:
    meter = Meter(Clock())
    for _ in range(5000):
        meter.frame_sent(1)
    assert meter.snapshot().fps <= 2000 / WINDOW
