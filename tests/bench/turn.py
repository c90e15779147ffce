"""One turn: a new process, viewers of one kind, one window."""

import time
from contextlib import AbstractContextManager
from dataclasses import dataclass

from .crowd import Group, crowd
from .feeder import Camera, Feeder
from .kind import MJPEG, Kind
from .meter import private_bytes
from .plan import Plan
from .target import Target, running_floor, running_server
from .window import Window, observe

FLOOR = "floor"
FIRST_VIEWER = 0.2  # seconds


@dataclass(frozen=True, slots=True)
class Turn:
    """What came of it.

    kind: its name, or FLOOR
    round: turns of one round were neighbours in time
    memory: bytes per viewer, measured before and with them; None: of the floor
    """

    kind: str
    round: int
    window: Window
    memory: float | None

    @property
    def wire_bytes(self) -> float:
        """Bytes that a delivered frame was on the wire, heads and base64 included."""
        return self.window.groups[0].bytes / max(1, self.window.frames)

    @property
    def fps(self) -> float:
        """New frames per second that a viewer got, on average."""
        seen = self.window.groups[0]
        return seen.frames / self.window.seconds / seen.viewers


def take_turn(plan: Plan, kind: Kind | None, viewers: int, number: int) -> Turn | None:
    """Measure `kind` in round `number`, or the floor when it is None.

    Returns None when the server does not have this kind.
    """
    with _target(plan, kind) as target:
        feeder = Feeder([Camera(1, target.sinks[0], plan.fps, plan.size)])
        with feeder.running():
            if kind is not None and not kind.is_served(target):
                return None
            before = _memory_with_first_viewer(plan, kind, target) if kind else 0
            with crowd(plan.load, target, [Group(kind or MJPEG, viewers)]) as watching:
                time.sleep(plan.warmup)
                window = observe(target, feeder, watching, plan.seconds)
                memory = (private_bytes(target.pid) - before) / viewers if kind else None
    return Turn(kind.name if kind else FLOOR, number, window, memory)


def _memory_with_first_viewer(plan: Plan, kind: Kind, target: Target) -> int:
    # He came and went: what is loaded once is not the price of a viewer.
    with crowd(plan.load, target, [Group(kind, 1)]):
        time.sleep(FIRST_VIEWER)
    return private_bytes(target.pid)


def _target(plan: Plan, kind: Kind | None) -> AbstractContextManager[Target]:
    if kind is not None:
        return running_server()
    assert plan.floor is not None
    return running_floor(plan.floor)
