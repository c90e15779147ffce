"""What is to be true of the ages of pictures, whatever the link."""

from collections.abc import Sequence
from statistics import median

from tests.links.viewer import Seen

#: A rhythm of the adaptation may make single pictures older; a queue makes all of them older.
ALLOWED_GROWTH = 0.3  # seconds


def assert_fresh(seen: Sequence[Seen], limit: float = 1.5, *, at_least: int = 8) -> None:
    """No picture was older than `limit` seconds, and they did not get older over time."""
    assert len(seen) >= at_least, f"only {len(seen)} pictures"
    ages = [each.age for each in seen]
    assert max(ages) < limit, f"{max(ages):.2f} s old"
    third = len(ages) // 3
    growth = median(ages[-third:]) - median(ages[:third])
    assert growth < ALLOWED_GROWTH, f"older by {growth:.2f} s"
    assert_in_order(seen)


def assert_in_order(seen: Sequence[Seen]) -> None:
    """A camera's pictures never go back."""
    numbers = [each.stamp.sequence for each in seen]
    assert numbers == sorted(numbers)


def frame_rate(seen: Sequence[Seen]) -> float:
    """Pictures per second, from the first to the last."""
    if len(seen) < 2:
        return 0.0
    return (len(seen) - 1) / (seen[-1].at - seen[0].at)
