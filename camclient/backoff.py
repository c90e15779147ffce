"""How long to wait before the next try: capped exponential backoff with full jitter.

Full jitter (a uniformly random part of the whole delay) spreads a fleet that lost its server in the
same moment; see "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.
"""

import random
from collections.abc import Callable

FIRST_DELAY = 0.5  # seconds; the most that the first retry waits
LONGEST_DELAY = 30.0  # seconds; a server that returns is found within this time


class Backoff:
    """Counts the failures in a row.

    Args:
        first: seconds, the most that the first delay can be.
        longest: seconds, the most that any delay can be.
        pick: gives a random number between its two arguments.
    """

    def __init__(
        self,
        first: float = FIRST_DELAY,
        longest: float = LONGEST_DELAY,
        pick: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.longest = longest
        self._first = first
        self._ceiling = first
        self._pick = pick

    def next_delay(self) -> float:
        """Seconds to wait after one more failure."""
        delay = self._pick(0.0, self._ceiling)
        self._ceiling = min(self.longest, self._ceiling * 2)
        return delay

    def reset(self) -> None:
        """It worked: the next failure starts from the shortest delay."""
        self._ceiling = self._first
