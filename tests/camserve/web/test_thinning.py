"""`?fps=` spreads frames evenly; `updateDelay` keeps them apart."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.web.thinning import Thinner


def taken(thinner: Thinner, arrivals: list[float]) -> list[float]:
    """When a viewer that is always ready gets frames that arrive at these times."""
    times: list[float] = []
    waiting: float | None = None
    for arrival, following in zip(arrivals, [*arrivals[1:], math.inf], strict=True):
        waiting = arrival
        if arrival >= thinner.opens_at:
            moment = arrival
        elif thinner.closes_at < following:
            moment = thinner.closes_at
        else:
            continue
        if waiting is not None:
            times.append(moment)
            thinner.took(moment)
            waiting = None
    return times


@pytest.mark.parametrize(("camera", "fps"), [(30, 10), (30, 15), (25, 10), (15, 1), (30, 7)])
def test_frames_are_spread_evenly(camera: int, fps: int) -> None:
    times = taken(Thinner.at_most(fps), [number / camera for number in range(camera * 10)])
    assert len(times) == pytest.approx(fps * 10, abs=1.5)
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    # The camera's own rhythm is the grain.
    assert max(gaps) - min(gaps) < 1.01 / camera + 0.5 / fps


def test_a_slower_camera_is_not_thinned() -> None:
    arrivals = [number / 5 for number in range(50)]
    assert taken(Thinner.at_most(10), arrivals) == arrivals


def test_after_a_pause_the_next_frame_is_taken_at_once() -> None:
    thinner = Thinner.at_most(1)
    thinner.took(100.0)
    thinner.took(200.0)
    assert thinner.opens_at > 200.0
    assert thinner.opens_at < 201.0


@given(
    st.lists(st.floats(0.001, 3.0), min_size=1, max_size=60),
    st.floats(0.01, 2.0),
)
def test_frames_apart_are_never_closer_than_asked(pauses: list[float], least: float) -> None:
    """Whatever the camera's rhythm, two frames are at least the delay apart."""
    arrivals = [sum(pauses[: number + 1]) for number in range(len(pauses))]
    times = taken(Thinner.apart(least), arrivals)
    assert all(later - earlier >= least - 1e-9 for earlier, later in itertools.pairwise(times))


@given(st.lists(st.floats(0.001, 0.5), min_size=1, max_size=200), st.floats(0.5, 60.0))
def test_the_mean_rate_is_never_above_the_wish(pauses: list[float], fps: float) -> None:
    """Over any whole run no more frames are taken than the rate allows, but for the slack."""
    arrivals = [sum(pauses[: number + 1]) for number in range(len(pauses))]
    times = taken(Thinner.at_most(fps), arrivals)
    assert len(times) <= (times[-1] - times[0]) * fps + 1.5
