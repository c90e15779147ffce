"""How fast a camera's frames arrive."""

from collections import deque
from dataclasses import dataclass

WINDOW = 5.0  # seconds that the mean is taken over
MAX_SAMPLES = 2000  # a bound on memory: 400 frames per second for the whole window


@dataclass(frozen=True, slots=True)
class Rate:
    fps: float  # frames per second
    bytes_per_second: float


class RateMeter:
    """The mean over the last five seconds of what arrived."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, int]] = deque(maxlen=MAX_SAMPLES)

    def add(self, now: float, size: int) -> None:
        """now: monotonic seconds; size: bytes."""
        self._samples.append((now, size))
        self._forget(now)

    def rate(self, now: float) -> Rate:
        self._forget(now)
        # A full deque covers less than the window.
        full = len(self._samples) == MAX_SAMPLES
        window = now - self._samples[0][0] if full else WINDOW
        window = window or WINDOW
        size = sum(size for _, size in self._samples)
        return Rate(fps=len(self._samples) / window, bytes_per_second=size / window)

    def _forget(self, now: float) -> None:
        while self._samples and self._samples[0][0] <= now - WINDOW:
            self._samples.popleft()
