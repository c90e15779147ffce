"""How late the event loop is: the one number that tells whether the server keeps up."""

from collections import deque
from collections.abc import Callable
from typing import Final

import trio

from camserve.relay import Histogram

INTERVAL: Final = 0.5  # seconds between two looks
WINDOW: Final = 10.0  # seconds that `worst` looks back
#: Upper ends in seconds. A frame takes some ms; with 0.1 s people begin to see it.
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class LoopLag:
    """Sleeps again and again, and sees how much later than asked for it wakes.

    lags: of all looks since the start, seconds
    clock: monotonic seconds
    """

    def __init__(self, clock: Callable[[], float] = trio.current_time) -> None:
        self.lags = Histogram(BUCKETS)
        self._clock = clock
        self._recent: deque[float] = deque(maxlen=round(WINDOW / INTERVAL))

    async def run(self) -> None:
        """Look every INTERVAL seconds, for ever."""
        while True:
            due = self._clock() + INTERVAL
            await trio.sleep_until(due)
            self.saw(self._clock() - due)

    def saw(self, lag: float) -> None:
        """The loop was so many seconds late."""
        self.lags.add(max(0.0, lag))
        self._recent.append(max(0.0, lag))

    @property
    def worst(self) -> float:
        """The greatest lag of the last WINDOW seconds."""
        return max(self._recent, default=0.0)
