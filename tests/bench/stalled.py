"""Viewers that stop reading: the others must not notice, and they must not cost memory."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from .crowd import STALLED, Group, crowd
from .feeder import Camera, Feeder
from .kind import MJPEG, served
from .meter import private_bytes
from .plan import Plan
from .table import Check, Table
from .target import running_server
from .window import Window, observe

#: (viewers that read, viewers that have stopped)
MIXES = ((40, 10), (10, 100))


@dataclass(frozen=True, slots=True)
class Mix:
    """reading, stalled: viewers, the reading ones in the first group. memory: bytes, of all."""

    reading: int
    stalled: int
    window: Window
    memory: int

    def row(self) -> tuple[str, ...]:
        seen = self.window.groups[0]
        return (
            f"{self.reading} reading, {self.stalled} stalled",
            f"{seen.frames / self.window.seconds / self.reading:.1f}",
            str(seen.missed),
            f"{seen.p50 * 1e3:.1f} / {seen.p99 * 1e3:.1f}",
            f"{self.window.cpu_per_thousand:.1f}",
            f"{self.memory / (self.reading + self.stalled) / 1e3:.0f}",
        )

    def check(self) -> Check:
        what = f"{self.stalled} stalled viewers: the other {self.reading} get every frame"
        missed = self.window.groups[0].missed
        return Check(what, f"{missed} missed", missed == 0)


@dataclass(frozen=True, slots=True)
class Stalled:
    mixes: tuple[Mix, ...]

    def tables(self) -> list[Table]:
        columns = (
            "viewers",
            "fps got",
            "frames missed",
            "age p50 / p99 ms",
            "CPU ms per 1,000 frames",
            "kB per viewer",
        )
        note = "The stalled ones are of all kinds in equal parts, the reading ones mjpeg."
        return [Table("Stalled viewers", columns, [mix.row() for mix in self.mixes], [note])]

    def checks(self) -> Iterator[Check]:
        for mix in self.mixes:
            yield mix.check()


def measure_stalled(plan: Plan) -> Stalled:
    return Stalled(tuple(_measure(plan, *mix) for mix in MIXES))


def _measure(plan: Plan, reading: int, stalled: int) -> Mix:
    with (
        running_server() as target,
        Feeder([Camera(1, target.sinks[0], plan.fps, plan.size)]).running() as feeder,
    ):
        feeder.wait_for_first_frames()
        kinds = served(plan.kinds, target)
        groups = [Group(MJPEG, reading)]
        for index, kind in enumerate(kinds):
            share = stalled // len(kinds) + (index < stalled % len(kinds))
            groups.append(Group(kind, share, rate=STALLED))
        before = private_bytes(target.pid)
        with crowd(plan.load, target, groups) as watching:
            time.sleep(plan.warmup)
            window = observe(target, feeder, watching, plan.seconds)
            memory = private_bytes(target.pid) - before
    return Mix(reading, stalled, window, memory)
