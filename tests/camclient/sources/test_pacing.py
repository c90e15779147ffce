import pytest

from camclient.sources.pacing import Pacer, Throttle


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_reads_are_spread_evenly_whatever_they_take() -> None:
    clock = Clock()
    pacer, starts = Pacer(10, clock), []
    for busy in (0.0, 0.03, 0.09, 0.0):
        clock.now += pacer.next_delay()
        starts.append(clock.now - 100)
        clock.now += busy
    assert starts == pytest.approx([0, 0.1, 0.2, 0.3])


def test_after_a_pause_there_is_no_burst() -> None:
    clock = Clock()
    pacer = Pacer(10, clock)
    assert pacer.next_delay() == 0
    clock.now += 5
    assert pacer.next_delay() == 0
    assert pacer.next_delay() == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("camera", "limit", "kept"),
    [(30.0, 15.0, 15), (30.0, 30.0, 30), (25.0, 15.0, 15), (10.0, 15.0, 10), (30.0, None, 30)],
)
def test_a_camera_is_held_to_the_limit(camera: float, limit: float | None, kept: int) -> None:
    clock, count, seconds = Clock(), 0, 20
    throttle = Throttle(limit, clock)
    for frame in range(int(camera * seconds)):
        jitter = 0.004 * (frame % 3 - 1)  # s; what a driver's wake-ups really do
        clock.now = 100 + frame / camera + jitter
        count += throttle.keep()
    assert count == pytest.approx(kept * seconds, rel=0.02)


def test_the_first_frame_and_the_first_after_a_pause_are_kept() -> None:
    clock = Clock()
    throttle = Throttle(1, clock)
    assert throttle.keep()
    assert not throttle.keep()
    clock.now += 60
    assert throttle.keep()
    assert not throttle.keep()


def test_a_higher_limit_takes_the_next_frame_that_is_due_by_it() -> None:
    clock = Clock()
    throttle = Throttle(0.2, clock)
    assert throttle.keep()
    clock.now += 0.5
    assert not throttle.keep()
    throttle.limit(10)
    assert throttle.keep()
    clock.now += 0.05
    assert not throttle.keep()
    throttle.limit(None)
    assert throttle.keep()
    assert throttle.keep()


def test_a_limit_that_changes_often_gives_no_extra_frames() -> None:
    clock, kept = Clock(), 0
    throttle = Throttle(2, clock)
    for _ in range(300):
        throttle.limit(2)
        kept += throttle.keep()
        clock.now += 1 / 30
    assert kept == pytest.approx(20, abs=1)


def test_a_lower_limit_counts_from_the_last_frame() -> None:
    clock = Clock()
    throttle = Throttle(10, clock)
    assert throttle.keep()
    throttle.limit(1)
    clock.now += 0.5
    assert not throttle.keep()
    clock.now += 0.5
    assert throttle.keep()


def test_after_a_frame_that_was_kept_early_a_higher_limit_counts_from_when_it_came() -> None:
    clock = Clock()
    throttle = Throttle(0.2, clock)
    assert throttle.keep()
    clock.now += 1 / 30
    while not throttle.keep():
        clock.now += 1 / 30
    assert clock.now < 104  # it was due at 105
    throttle.limit(30)
    clock.now += 1 / 30
    assert throttle.keep()


def test_a_source_that_is_opened_anew_gives_its_first_picture() -> None:
    clock = Clock()
    throttle = Throttle(0.2, clock)
    assert throttle.keep()
    clock.now += 0.5
    throttle.restart()
    assert throttle.keep()
    assert not throttle.keep()
