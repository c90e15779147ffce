"""Made-up measurements for the tests of what is made of measurements."""

from collections.abc import Sequence

from .crowd import Seen
from .fanout import Fanout
from .machine import Machine
from .slow import Reader, Slow
from .turn import Turn
from .window import Window

MACHINE = Machine("a processor", 4, "Linux 6", "3.11.7", 0.1)


def turn(kind: str, number: int, cpu: float, *, size: int = 30_000, viewers: int = 10) -> Turn:
    """A window of one second in which ten viewers would get 30 frames each.

    cpu: seconds
    """
    frames = 300
    seen = Seen(viewers, frames, frames * size, 0, 0, 0, 0, 30, 30, 0.001, 0.005, 0.01, 1.0)
    return Turn(kind, number, Window(1.0, cpu, 0.1, 30, 0, (seen,)), 40_000.0)


def fanout(mjpeg: float = 1.2) -> Fanout:
    """mjpeg: its CPU as a multiple of the floor's."""
    turns = (turn("floor", 0, 0.5), turn("mjpeg", 0, 0.5 * mjpeg))
    return Fanout(10, 30, 30_000, turns, ("live: not served, skipped.",))


def slow(ages: Sequence[float]) -> Slow:
    """A reader at 200 kB/s with one frame in each period."""
    periods = tuple((age,) for age in ages)
    return Slow(60, (Reader("mjpeg", 60_000, 25, 200_000, 0.3, (0.8, 1.2), periods),))
