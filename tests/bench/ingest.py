"""What a frame costs that nobody watches: read, checked, published."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from .feeder import Camera, Feeder
from .meter import cpu_seconds
from .plan import Plan
from .table import Check, Table
from .target import running_server

#: (cameras, frames per second of each, bytes of a frame)
LOADS = ((1, 30.0, 30_000), (1, 30.0, 100_000), (8, 30.0, 30_000))


@dataclass(frozen=True, slots=True)
class Ingest:
    """One load. cpu: seconds of the server; frames: of all cameras, meanwhile."""

    cameras: int
    fps: float
    size: int
    seconds: float
    cpu: float
    frames: int

    def row(self) -> tuple[str, ...]:
        return (
            f"{self.cameras} x {self.size / 1e3:g} kB at {self.fps:g} fps",
            f"{self.frames / self.seconds:.0f}",
            f"{self.cpu / self.seconds:.3f}",
            f"{self.cpu * 1e3 / self.frames:.3f}",
        )


@dataclass(frozen=True, slots=True)
class Ingests:
    loads: tuple[Ingest, ...]

    def tables(self) -> list[Table]:
        columns = ("cameras, nobody watches", "frames per second", "cores", "CPU ms per frame")
        return [Table("Ingest", columns, [load.row() for load in self.loads])]

    def checks(self) -> Iterator[Check]:
        yield from ()


def measure_ingest(plan: Plan) -> Ingests:
    return Ingests(tuple(_measure(plan, *load) for load in LOADS))


def _measure(plan: Plan, cameras: int, fps: float, size: int) -> Ingest:
    with running_server(cameras) as target:
        sending = [Camera(n, sink, fps, size) for n, sink in enumerate(target.sinks, 1)]
        with Feeder(sending).running() as feeder:
            time.sleep(plan.warmup)
            began, cpu, sent = time.monotonic(), cpu_seconds(target.pid), sum(feeder.sent)
            time.sleep(plan.seconds)
            cpu, sent = cpu_seconds(target.pid) - cpu, sum(feeder.sent) - sent
            return Ingest(cameras, fps, size, time.monotonic() - began, cpu, sent)
