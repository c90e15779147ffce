"""A sequence number means the same frame after a restart and on every node."""

from camserve.relay import Hub
from tests.camserve.relay.clocks import Clock

MILLISECONDS = 1_700_000_000_123


def hub(wall_clock: Clock) -> Hub:
    return Hub(clock=Clock(), wall_clock=wall_clock)


def test_they_begin_with_the_milliseconds_since_1970_and_rise_by_one() -> None:
    wall = Clock(MILLISECONDS / 1000 + 0.0004)
    relay = hub(wall)
    first = relay.publish(1, b"").sequence
    assert first == MILLISECONDS
    wall.now += 60
    assert [relay.publish(1, b"").sequence for _ in range(3)] == [first + 1, first + 2, first + 3]


def test_each_camera_has_its_own() -> None:
    wall = Clock(MILLISECONDS / 1000)
    relay = hub(wall)
    relay.publish(1, b"")
    wall.now += 1
    assert relay.publish(2, b"").sequence == MILLISECONDS + 1000


def test_none_is_repeated_when_the_clock_jumps_back() -> None:
    wall = Clock(MILLISECONDS / 1000)
    relay = hub(wall)
    before = relay.publish(1, b"").sequence
    wall.now = 0.0
    assert relay.publish(1, b"").sequence == before + 1


def test_none_is_repeated_when_a_camera_is_removed_and_added_again() -> None:
    wall = Clock(MILLISECONDS / 1000)
    relay = hub(wall)
    last = [relay.publish(1, b"").sequence for _ in range(5)][-1]
    relay.remove(1)
    assert relay.publish(1, b"").sequence == last + 1


def test_a_run_begins_above_every_number_of_the_run_before() -> None:
    wall = Clock(MILLISECONDS / 1000)
    earlier = hub(wall)
    numbers = []
    for _ in range(100):
        numbers.append(earlier.publish(1, b"").sequence)
        wall.now += 1 / 120  # frames per second
    assert hub(wall).publish(1, b"").sequence > max(numbers)


def test_arrival_times_are_whole_microseconds() -> None:
    # As a fraction and as an integer they must say the same, whichever way they are rounded.
    for number in range(200):
        wall = MILLISECONDS / 1000 + number * 1.00000037
        arrived_at = hub(Clock(wall)).publish(1, b"").arrived_at
        assert f"{arrived_at:.6f}" == f"{round(arrived_at * 1_000_000) / 1_000_000:.6f}"
        assert f"{arrived_at:.6f}".replace(".", "") == str(round(arrived_at * 1_000_000))
