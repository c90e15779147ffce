"""So many times a second, however they come."""

from hypothesis import given
from hypothesis import strategies as st

from camserve.relay.pace import BURST_TIME, Pace


@given(
    rate=st.floats(1, 900),
    gaps=st.lists(st.one_of(st.just(0.0), st.floats(0, 0.5)), min_size=1, max_size=300),
)
def test_never_more_than_the_rate_and_one_burst(rate: float, gaps: list[float]) -> None:
    """From any admitted one to any later one, there are at most `rate` per second and a burst."""
    pace, now = Pace(rate), 1000.0
    admitted = []
    for gap in gaps:
        now += gap
        if pace.admits(now):
            admitted.append(now)
    burst = min(max(rate * BURST_TIME, 2), 60)
    for first, begin in enumerate(admitted):
        for count, end in enumerate(admitted[first:], 1):
            assert count <= burst + (end - begin) * rate + 1e-6


@given(rate=st.floats(1, 900), share=st.floats(0.1, 0.99))
def test_who_stays_below_the_rate_is_never_refused(rate: float, share: float) -> None:
    pace, now = Pace(rate), 1000.0
    for _ in range(200):
        assert pace.admits(now)
        now += 1 / (rate * share)


def test_when_the_next_may_come() -> None:
    pace, now = Pace(100), 1000.0
    while pace.admits(now):
        pass
    assert now < pace.free_at < now + 0.02
    assert not pace.admits(pace.free_at - 0.001)
    assert pace.admits(pace.free_at + 0.001)


def test_another_rate_counts_at_once() -> None:
    pace = Pace(1)
    while pace.admits(1000.0):
        pass
    pace.configure(100)
    assert sum(pace.admits(1002.0) for _ in range(100)) >= 20
