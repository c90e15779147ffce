"""When the next picture is due. Nothing here sleeps, so that whoever waits can be interrupted."""

import time
from collections.abc import Callable

#: Frames of a camera come early and late by some of a frame time; a limit that insisted on the full
#: interval would skip every second frame of a camera that runs at exactly the limit.
TOLERANCE = 0.25  # of an interval


class Pacer:
    """The schedule for a source that gives a picture whenever it is asked."""

    def __init__(self, fps: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / fps
        self._clock = clock
        self._due: float | None = None

    def next_delay(self) -> float:
        """Seconds to wait before the next read; 0 or more.

        Who comes late is not chased: after a pause the schedule starts anew, without a burst.
        """
        now = self._clock()
        if self._due is None or now - self._due > self._interval:
            self._due = now
        delay = self._due - now
        self._due += self._interval
        return max(0.0, delay)


class Throttle:
    """Decides which frames of a camera are kept so that there are at most `fps` in a second."""

    def __init__(self, fps: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / fps if fps else 0.0
        self._clock = clock
        self._due: float | None = None

    def limit(self, fps: float) -> None:
        """Another rate from now on. Any thread may call it."""
        self._interval = 1 / fps
        self._due = None

    def keep(self) -> bool:
        """Whether the frame that has just come is to be used."""
        now = self._clock()
        if self._due is None:
            self._due = now
        if now < self._due - self._interval * TOLERANCE:
            return False
        if now - self._due > self._interval:
            self._due = now  # the camera paused: no burst
        # From when it was due, not from now: frames that come late must not lower the rate.
        self._due += self._interval
        return True
