"""Memory over time: with the same viewers it must stay where it is."""

import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .crowd import Group, crowd
from .feeder import Camera, Feeder
from .kind import served
from .meter import private_bytes
from .plan import Plan
from .table import Check, Table
from .target import running_server

SLOW = 200_000  # bytes per second
#: What the allocator takes and gives back by itself.
ALLOWED_GROWTH = 1_000_000  # bytes
#: Growth is from the second tenth of the time, when all is warm, to the last.
PARTS = 10


@dataclass(frozen=True, slots=True)
class Memory:
    """seconds: between two samples. samples: bytes of the server's own memory. lost: viewers."""

    viewers: int
    seconds: float
    samples: tuple[int, ...]
    lost: int

    def part(self, number: int) -> float:
        """Median of one of the PARTS."""
        share = len(self.samples) // PARTS
        return statistics.median(self.samples[number * share : (number + 1) * share])

    @property
    def growth(self) -> float:
        return self.part(PARTS - 1) - self.part(1)

    def tables(self) -> list[Table]:
        rows = [
            (
                str(self.viewers),
                f"{self.seconds * len(self.samples):.0f}",
                f"{self.part(1) / 1e6:.2f}",
                f"{self.part(PARTS - 1) / 1e6:.2f}",
                f"{max(self.samples) / 1e6:.2f}",
            )
        ]
        columns = ("viewers", "seconds", "MB at the beginning", "MB at the end", "most MB")
        note = "Viewers of all kinds in equal parts; a tenth of each reads 200 kB/s."
        return [Table("Memory over time", columns, rows, [note])]

    def checks(self) -> Iterator[Check]:
        target = f"memory of the server stays, with {self.viewers} viewers"
        grown = f"{self.growth / 1e6:+.2f} MB, {self.lost} viewers lost"
        yield Check(target, grown, self.growth < ALLOWED_GROWTH and not self.lost)


def measure_memory(plan: Plan) -> Memory:
    with (
        running_server() as target,
        Feeder([Camera(1, target.sinks[0], plan.fps, plan.size)]).running() as feeder,
    ):
        feeder.wait_for_first_frames()
        kinds = served(plan.kinds, target)
        groups: list[Group] = []
        for kind in kinds:
            share = plan.viewers // len(kinds)
            groups.append(Group(kind, share - share // 10))
            groups.append(Group(kind, share // 10, rate=SLOW))
        groups = [group for group in groups if group.viewers]
        with crowd(plan.load, target, groups) as watching:
            samples = _samples(target.pid, plan.memory_seconds)
            lost = sum(seen.lost for seen in watching.report())
    viewers = sum(group.viewers for group in groups)
    return Memory(viewers, plan.memory_seconds / len(samples), samples, lost)


def _samples(pid: int, seconds: float, count: int = 100) -> tuple[int, ...]:
    samples = []
    for _ in range(count):
        time.sleep(seconds / count)
        samples.append(private_bytes(pid))
    return tuple(samples)
