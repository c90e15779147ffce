import pytest

from .figures import slow


def test_ages_that_stay_are_fine() -> None:
    assert all(check.met for check in slow([0.4, 0.5, 0.4, 0.5, 0.4, 0.5]).checks())


@pytest.mark.parametrize(
    ("ages", "what"),
    [
        ([0.3, 0.35, 0.4, 0.5, 0.6, 0.7], "no growth"),
        ([0.9, 0.9, 0.9, 0.9], "p50 < 0.8 s, p99 < 1.2 s"),
        ([0.4, 0.4, 1.5, 0.4], "p50 < 0.8 s, p99 < 1.2 s"),
    ],
)
def test_what_is_too_old_is_told(ages: list[float], what: str) -> None:
    missed = [check.target for check in slow(ages).checks() if not check.met]
    assert missed == [f"mjpeg, 60 kB to 200 kB/s: {what}"]


def test_a_reader_that_got_nothing_misses_its_targets() -> None:
    result = slow([])
    assert not any(check.met for check in result.checks())
    assert result.tables()
