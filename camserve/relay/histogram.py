"""How often values fell into which range."""

from bisect import bisect_left


class Histogram:
    """Counts values by buckets.

    ends: upper ends of the buckets, rising; one more bucket takes what lies above the last
    """

    __slots__ = ("counts", "ends", "total")

    def __init__(self, ends: tuple[float, ...]) -> None:
        self.ends = ends
        #: By bucket, each value once; one more than there are ends.
        self.counts = [0] * (len(ends) + 1)
        #: The sum of all values.
        self.total = 0.0

    def add(self, value: float, times: int = 1) -> None:
        """This value was seen, so many times."""
        self.counts[bisect_left(self.ends, value)] += times
        self.total += value * times

    @property
    def count(self) -> int:
        """How many values there were."""
        return sum(self.counts)
