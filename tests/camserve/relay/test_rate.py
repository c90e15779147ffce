import pytest

from camserve.relay.rate import MAX_SAMPLES, WINDOW, RateMeter


@pytest.fixture
def meter() -> RateMeter:
    return RateMeter()


def test_nothing_arrived(meter: RateMeter) -> None:
    rate = meter.rate(100)
    assert (rate.fps, rate.bytes_per_second) == (0, 0)


def test_the_mean_is_taken_over_five_seconds(meter: RateMeter) -> None:
    for number in range(50):
        meter.add(100 + number / 10, 1000)
    rate = meter.rate(104.9)
    assert rate.fps == 10
    assert rate.bytes_per_second == 10_000


def test_a_single_frame_counts_over_the_whole_window(meter: RateMeter) -> None:
    meter.add(100, 500)
    rate = meter.rate(100)
    assert (rate.fps, rate.bytes_per_second) == (1 / WINDOW, 500 / WINDOW)


def test_what_is_older_is_forgotten(meter: RateMeter) -> None:
    meter.add(100, 500)
    meter.add(103, 100)
    assert meter.rate(100 + WINDOW).bytes_per_second == 100 / WINDOW
    assert meter.rate(103 + WINDOW).fps == 0


def test_memory_is_bounded_and_the_mean_right_all_the_same(meter: RateMeter) -> None:
    count = 3 * MAX_SAMPLES
    for number in range(count):
        meter.add(100 + number / 1000, 10)
    rate = meter.rate(100 + count / 1000)
    assert rate.fps == pytest.approx(1000, rel=0.01)
    assert rate.bytes_per_second == pytest.approx(10_000, rel=0.01)


def test_a_flood_within_one_moment_divides_by_no_zero(meter: RateMeter) -> None:
    for _ in range(MAX_SAMPLES):
        meter.add(100, 1)
    assert meter.rate(100).fps == MAX_SAMPLES / WINDOW
