import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camclient.motion import SHORTEST_INTERVAL, Limits, LimitsError, Motion, read_limits

POSITIONS = st.floats(-1, 1)
TARGETS = st.tuples(POSITIONS, POSITIONS)
RANGES = st.tuples(POSITIONS, POSITIONS).map(lambda pair: (min(pair), max(pair)))
LIMITS = st.builds(
    Limits, x=RANGES, y=RANGES, max_speed=st.floats(0.01, 1000), interval=st.floats(0.02, 1)
)
ROUNDING = 1e-9
#: At the lowest speed a way of 2 takes 10,000 steps of 0.02 s, and some to gather speed.
ENOUGH = 11_000


def clamped(target: tuple[float, float], limits: Limits) -> tuple[float, float]:
    x, y = target
    return min(max(x, limits.x[0]), limits.x[1]), min(max(y, limits.y[0]), limits.y[1])


@given(LIMITS, st.lists(st.tuples(TARGETS, st.integers(0, 40)), max_size=8))
def test_it_never_leaves_its_limits_and_is_never_too_fast(
    limits: Limits, moves: list[tuple[tuple[float, float], int]]
) -> None:
    """Invariant: low <= position <= high, and no step is longer than max_speed * interval."""
    motion = Motion(limits)
    most = limits.max_speed * limits.interval + ROUNDING
    before = motion.position
    for target, steps in moves:
        motion.aim(*target)
        for _ in range(steps):
            after = motion.step()
            for old, new, (low, high) in zip(before, after, (limits.x, limits.y), strict=True):
                assert low <= new <= high
                assert abs(new - old) <= most
            before = after


@given(LIMITS, TARGETS, TARGETS, st.integers(0, 40))
def test_it_ends_at_the_newest_target(
    limits: Limits, first: tuple[float, float], second: tuple[float, float], steps: int
) -> None:
    """Invariant: whatever it was doing, it arrives at the target nearest to the move, and stays."""
    motion = Motion(limits)
    motion.aim(*first)
    for _ in range(steps):
        motion.step()
    motion.aim(*second)
    needed = 0
    while not motion.arrived and needed < ENOUGH:
        motion.step()
        needed += 1
    assert motion.position == clamped(second, limits)
    assert motion.step() == clamped(second, limits)


def test_it_begins_and_ends_gently() -> None:
    motion = Motion(Limits(max_speed=1, interval=0.02))
    motion.aim(1, 0)
    steps = [0.0]
    while not motion.arrived:
        before, _ = motion.position
        steps.append(motion.step()[0] - before)
    changes = [abs(b - a) for a, b in pairwise(steps)]
    # Full speed is 0.02 a step and is reached in 0.25 s: a twelfth or so of it with each step.
    assert max(changes[:-1]) <= 0.02 * 0.02 / 0.25 + ROUNDING
    assert max(steps) == pytest.approx(0.02)
    assert steps[-1] < 0.004
    # One unit at one unit per second, and half a ramp each to start and to stop.
    assert len(steps) * 0.02 == pytest.approx(1.25, abs=0.1)


def test_it_brakes_before_it_turns_round() -> None:
    motion = Motion(Limits())
    motion.aim(1, 0)
    for _ in range(30):
        motion.step()
    turned, _ = motion.position
    motion.aim(-1, 0)
    assert motion.step()[0] > turned  # still going: it would jerk otherwise


def test_the_axes_are_independent() -> None:
    motion = Motion(Limits(x=(-0.1, 0.1)))
    motion.aim(1, 1)
    for _ in range(25):
        motion.step()
    assert motion.position[0] == 0.1
    assert 0.1 < motion.position[1] < 1


def test_it_begins_in_the_middle_or_where_the_limits_are_nearest_to_it() -> None:
    assert Motion(Limits()).position == (0, 0)
    assert Motion(Limits(x=(0.5, 1), y=(-1, -0.25))).position == (0.5, -0.25)


def test_without_settings_the_whole_range_and_a_gentle_speed() -> None:
    assert read_limits() == Limits((-1, 1), (-1, 1), 1.0, 0.02)


def test_limits_in_degrees_limit_nothing() -> None:
    limits = read_limits(min_x=-90, max_x=90, min_y=-45, max_y=45.5)
    assert (limits.x, limits.y) == ((-1, 1), (-1, 1))


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(0.05, 0.05), (50, 0.05), (0.5, 0.5), (1500, 1.5), (1, 0.02), (0.001, SHORTEST_INTERVAL)],
)
def test_the_interval_is_in_seconds_or_from_1_on_in_milliseconds(
    given: float, seconds: float
) -> None:
    assert math.isclose(read_limits(update_interval=given).interval, seconds)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"min_x": 0.5, "max_x": -0.5}, "minX: expected a number up to -0.5, not 0.5"),
        ({"min_y": 0.5, "max_y": 0.25}, "minY: expected a number up to 0.25, not 0.5"),
        ({"min_x": 2}, "minX: expected a number up to 1, not 2"),
        ({"min_x": 2, "max_x": 90}, "minX: expected a number from -1 to 1, not 2"),
        ({"max_y": -3}, "maxY: expected a number from -1 to 1, not -3"),
        ({"min_y": -90, "max_y": -45}, "maxY: expected a number from -1 to 1, not -45"),
        ({"max_speed": 0}, "maxSpeed: expected at least 0.01, not 0"),
        ({"max_speed": -1}, "maxSpeed: expected at least 0.01, not -1"),
        ({"update_interval": 0}, "updateInterval: expected seconds above 0, not 0"),
    ],
)
def test_limits_that_leave_no_position_or_no_motion_name_their_key(
    settings: dict[str, float], message: str
) -> None:
    with pytest.raises(LimitsError) as caught:
        read_limits(**settings)
    assert str(caught.value) == message
