"""When the next picture is due. Nothing here sleeps, so that whoever waits can be interrupted."""

import time
from collections.abc import Callable

#: Frames of a camera come early and late by some of a frame time; a limit that insisted on the full
#: interval would skip every second frame of a camera that runs at exactly the limit.
TOLERANCE = 0.25  # of an interval
DEFAULT_FPS = 15.0  #: of a camera or a drawing, if nobody asks for another


class Pacer:
    """The schedule for a source that gives a picture whenever it is asked.

    Attributes:
        fps: reads per second.
    """

    def __init__(self, fps: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.fps = fps
        self._interval = 1 / fps
        self._clock = clock
        self._due: float | None = None  # the read after the one that is waited for

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

    def change(self, fps: float) -> float:
        """Another rate, also for the read that is waited for; seconds to go on waiting for it."""
        assert self._due is not None  # next_delay() was called
        now = self._clock()
        last_read = self._due - 2 * self._interval
        self.fps = fps
        self._interval = 1 / fps
        due = max(now, last_read + self._interval)
        self._due = due + self._interval
        return due - now


class Throttle:
    """Decides which frames of a camera are kept so that there are at most `fps` in a second."""

    def __init__(self, fps: float | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / fps if fps else 0.0
        self._clock = clock
        self._due: float | None = None  # when the last kept frame was due
        self._kept = 0.0  # when it came
        self._kept_interval = self._interval

    def restart(self) -> None:
        """The next frame is the first one of a source, and is kept. For the thread that reads."""
        self._due = None

    def limit(self, fps: float | None) -> None:
        """Another rate from the next frame on; None: no limit. Any thread may call it."""
        # The only thing that another thread writes, in one step. What was kept stays known: a
        # higher rate takes the next frame if that is due by now, and a change gives no extra one.
        self._interval = 1 / fps if fps else 0.0

    def keep(self) -> bool:
        """Whether the frame that has just come is to be used."""
        now, interval = self._clock(), self._interval
        if self._due is None:
            due = now
        elif interval == self._kept_interval:
            due = self._due + interval
        else:
            # At a low rate the last one may have come seconds before it was due.
            due = self._kept + interval
        if now < due - interval * TOLERANCE:
            return False
        # From when it was due, not from now: frames that come late must not lower the rate. Unless
        # the camera paused: no burst.
        self._due = due if now - due <= interval else now
        self._kept, self._kept_interval = now, interval
        return True
