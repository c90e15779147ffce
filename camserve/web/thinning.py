"""Which frames a viewer gets that does not want all of them."""

from typing import Self

#: With `?fps=` a frame that comes a little before its time is taken rather than the one after it:
#: cameras are never exactly on time. In seconds, and as a part of the interval, the lesser of both.
SLACK = 0.02
SLACK_PART = 0.25


class Thinner:
    """Spaces a viewer's frames.

    interval: seconds between two frames
    slack: seconds that a frame may be off its time; 0: the interval is the least that may lie
        between two frames, else it is their mean
    """

    def __init__(self, interval: float, slack: float) -> None:
        self._interval = interval
        self._slack = slack
        self._due = float("-inf")

    @classmethod
    def at_most(cls, fps: float) -> Self:
        """Evenly spread, at this mean rate (frames per second)."""
        return cls(1.0 / fps, min(SLACK, SLACK_PART / fps))

    @classmethod
    def apart(cls, seconds: float) -> Self:
        """Never closer to each other than this."""
        return cls(seconds, 0.0)

    @property
    def opens_at(self) -> float:
        """From when on a frame that arrives is the next one (monotonic seconds)."""
        return self._due - self._slack

    @property
    def closes_at(self) -> float:
        """When to stop waiting for one to arrive and take the newest that is there."""
        return self._due + self._slack

    def took(self, now: float) -> None:
        """The viewer got a frame now; the next one is due an interval after this one was."""
        self._due += self._interval
        if not self._slack or self._due < now:
            # No slack, the first frame, or a pause: the rhythm begins anew.
            self._due = now + self._interval
