"""At any time, whoever came, changed or left in whatever order:

- those who watch now, and one who looked within the last 10 s, get what they want;
- nobody counts who left a second ago or earlier;
- until the time that `changes_at` names the demand stays the same, when nobody comes or goes.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from camserve.relay.audience import GLIMPSE, GRACE, Audience
from camserve.relay.demand import EVERYTHING, NOBODY, Demand, combined
from camserve.relay.viewer import Viewer

ALL, SLOW, SMALL = Viewer("mjpeg"), Viewer("live", 5, None), Viewer("live", 10, 320)


def test_nobody_then_one_then_more() -> None:
    audience = Audience()
    assert audience.demand(0) == NOBODY
    audience.come(SMALL, 0)
    assert audience.demand(0) == Demand(10, 320)
    audience.come(SLOW, 0)
    assert audience.demand(0) == Demand(10, 0)
    audience.come(ALL, 0)
    assert audience.demand(0) == EVERYTHING
    assert set(audience.viewers) == {ALL, SLOW, SMALL}
    assert audience.changes_at(0) == math.inf


def test_who_has_left_counts_for_a_moment() -> None:
    audience = Audience()
    audience.come(ALL, 0)
    audience.go(ALL, 100)
    assert audience.viewers == ()
    assert audience.changes_at(100) == 100 + GRACE
    assert audience.demand(100 + 0.99 * GRACE) == EVERYTHING
    assert audience.demand(100 + GRACE) == NOBODY
    assert audience.changes_at(100 + GRACE) == math.inf


def test_a_page_that_is_loaded_again_changes_nothing() -> None:
    audience, again = Audience(), Viewer("mjpeg")
    audience.come(ALL, 0)
    audience.go(ALL, 100)
    audience.come(again, 100.9)
    assert audience.demand(100.9) == audience.demand(200) == EVERYTHING
    assert audience.changes_at(100.9) == math.inf


def test_who_comes_and_goes_without_an_end_does_not_keep_up_what_another_wanted() -> None:
    audience, now = Audience(), 100.0
    audience.come(ALL, now)
    audience.go(ALL, now)
    for _ in range(5):
        audience.come(SMALL, now)
        audience.go(SMALL, now + 0.3)
        now += 0.3
    assert audience.demand(now) == Demand(10, 320)


def test_one_of_many_with_the_same_wish_leaves() -> None:
    audience, another = Audience(), Viewer("mjpeg")
    audience.come(ALL, 0)
    audience.come(another, 0)
    audience.go(ALL, 1)
    assert audience.changes_at(1) == math.inf
    assert audience.demand(50) == EVERYTHING


def test_a_glimpse_counts_for_ten_seconds_from_the_last_one() -> None:
    audience = Audience()
    audience.come(SMALL, 0)
    audience.glimpse(100)
    assert audience.demand(100) == EVERYTHING
    audience.glimpse(105)
    assert audience.changes_at(105) == 115
    assert audience.demand(114.99) == EVERYTHING
    assert audience.demand(115) == Demand(10, 320)


def test_a_wish_counts_as_it_was_when_its_viewer_came() -> None:
    audience, viewer = Audience(), Viewer("live", 5)
    audience.come(viewer, 0)
    viewer.fps = 10
    audience.go(viewer, 1)
    assert audience.demand(1 + GRACE) == NOBODY


@dataclass
class Model:
    """All that happened, remembered for ever."""

    stays: list[tuple[Viewer, float, float]] = field(default_factory=list)  # from, to
    glimpses: list[float] = field(default_factory=list)

    def of_viewers(self, since: float, now: float) -> Demand:
        """What those want together who watched at any time after `since`, up to now."""
        watched = [who for who, came, left in self.stays if came <= now and left > since]
        return combined(map(Demand.of, watched))

    def least(self, now: float) -> Demand:
        glimpsed = any(now < at + GLIMPSE for at in self.glimpses)
        return EVERYTHING if glimpsed else self.of_viewers(now, now)

    def most(self, now: float) -> Demand:
        return self.least(now).joined(self.of_viewers(now - GRACE, now))


FPS = st.none() | st.sampled_from([0.5, 1.0, 5.0, 30.0]) | st.floats(0.01, 240)
VIEWERS = st.builds(Viewer, st.just("live"), FPS, st.none() | st.sampled_from([160, 320, 640]))
PAUSES = st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0, 10.0])
STEPS = st.tuples(PAUSES, st.integers(0, 5), VIEWERS)


def played(steps: list[tuple[float, int, Viewer]]) -> Iterator[tuple[Audience, Model, float]]:
    """After each step: the audience, what has happened, and the time of the next step."""
    audience, model, here = Audience(), Model(), list[tuple[Viewer, float]]()
    times = [0.0]
    for pause, _, _ in steps:
        times.append(times[-1] + pause)
    for (now, following), (_, choice, viewer) in zip(pairwise(times), steps, strict=True):
        if choice == 0:
            audience.glimpse(now)
            model.glimpses.append(now)
        elif choice <= 2 and here:
            leaving, came = here.pop(choice % len(here))
            audience.go(leaving, now)
            model.stays = [stay for stay in model.stays if stay[0] is not leaving]
            model.stays.append((leaving, came, now))
        else:
            audience.come(viewer, now)
            here.append((viewer, now))
            model.stays.append((viewer, now, math.inf))
        yield audience, model, following


@given(st.lists(STEPS, min_size=1, max_size=30))
def test_everybody_counts_and_nobody_else(steps: list[tuple[float, int, Viewer]]) -> None:
    for audience, model, now in played(steps):
        demand = audience.demand(now)
        assert demand.covers(model.least(now))
        assert model.most(now).covers(demand)
        end = audience.changes_at(now)
        assert end > now
        later = min(end, now + 100)
        for moment in (now + (later - now) * part for part in (0.25, 0.5, 0.999)):
            assert audience.demand(moment) == demand
        at_rest = now + GRACE + GLIMPSE
        assert audience.demand(at_rest) == model.of_viewers(at_rest, at_rest)
