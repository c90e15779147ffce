"""How much is measured, for how long."""

from dataclasses import dataclass
from pathlib import Path

from .kind import KINDS, Kind


@dataclass(frozen=True, slots=True)
class Plan:
    """What was asked for on the command line.

    viewers: of each kind, in `fanout`; many_viewers: once more with so many, 0: not
    seconds: of each window; warmup: before it, not counted
    rounds: how often floor and server take turns
    slow_seconds: how long the slow readers are watched
    memory_seconds: how long memory is watched
    load: the viewers' program, None: the slower one in Python; floor: None: there is none
    """

    kinds: tuple[Kind, ...] = KINDS
    viewers: int = 200
    many_viewers: int = 1000
    seconds: float = 10.0
    warmup: float = 1.0
    rounds: int = 5
    slow_seconds: float = 60.0
    memory_seconds: float = 600.0
    fps: float = 30.0
    size: int = 30_000
    load: Path | None = None
    floor: Path | None = None
