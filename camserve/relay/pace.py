"""How often something may happen: so many times a second, and after a pause a few at once."""

from typing import Final

#: Seconds of frames that may come at once: what a network held up arrives in one piece. And the
#: most of them, so that sequence numbers, which begin at the milliseconds since 1970, are not
#: ahead of the clock for more than a moment (see Hub).
BURST_TIME: Final = 0.25
_FEWEST, _MOST = 2, 60


class Pace:
    """Times are monotonic seconds; rate: times per second, below 1,000."""

    __slots__ = ("_ahead", "_due", "_interval")

    def __init__(self, rate: float) -> None:
        self.configure(rate)

    def configure(self, rate: float) -> None:
        """Begin anew with another rate."""
        self._due = 0.0  # when the next would be due if they came evenly
        self._interval = 1 / rate
        burst = min(max(rate * BURST_TIME, _FEWEST), _MOST)
        self._ahead = (burst - 1) * self._interval

    def admits(self, now: float) -> bool:
        """Whether it may happen now; if so, it has."""
        due = self._due
        if due < now:
            due = now
        elif due - now > self._ahead:
            return False
        self._due = due + self._interval
        return True

    @property
    def free_at(self) -> float:
        """From when on it may happen again."""
        return self._due - self._ahead
