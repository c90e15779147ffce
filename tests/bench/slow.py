"""Viewers on slow links: how old is what they see, and does it get older?

A slow reader takes bytes by a token bucket, every few milliseconds, with a small receive buffer
and Ethernet's segment size, so that what is old was kept by the server and not by the viewer.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import median, quantiles

from .crowd import Group, crowd
from .feeder import Camera, Feeder
from .kind import MJPEG, served
from .plan import Plan
from .table import Check, Table
from .target import running_server

RECEIVE_BUFFER = 16 * 1024  # bytes; the kernel doubles it and announces about as much
PERIOD = 5.0  # seconds, about, whose ages are one point of the plot
LARGE = Camera(1, print, fps=25, size=60_000)
SMALL = Camera(2, print, fps=30, size=30_000)
BASE64 = 4 / 3


@dataclass(frozen=True, slots=True)
class Reader:
    """A slow viewer and what it saw.

    size: bytes of a frame; rate: bytes per second that it reads
    least: seconds that one frame needs at that rate
    limits: what median and p99 of the ages are to stay below, seconds; None: no target
    ages: of the frames that it got, seconds, by period
    """

    kind: str
    size: int
    fps: float
    rate: float
    least: float
    limits: tuple[float, float] | None
    ages: tuple[tuple[float, ...], ...] = ()

    @property
    def name(self) -> str:
        return f"{self.kind}, {self.size / 1e3:g} kB to {self.rate / 1e3:g} kB/s"

    def all_ages(self) -> list[float]:
        return [age for period in self.ages for age in period] or [float("inf")]

    def medians(self) -> list[float]:
        """By period; a period without a frame is left out."""
        return [median(period) for period in self.ages if period]

    def growth(self) -> float:
        """How much older frames are in the last third than in the first, seconds."""
        medians = self.medians() or [float("inf")]
        third = max(1, len(medians) // 3)
        return median(medians[-third:]) - median(medians[:third])


@dataclass(frozen=True, slots=True)
class Slow:
    seconds: float
    readers: tuple[Reader, ...]

    def tables(self) -> list[Table]:
        columns = (
            "slow reader",
            "fps got",
            "one frame takes",
            "age p50",
            "p99",
            "oldest",
            "growth",
        )
        rows = [self._row(reader) for reader in self.readers]
        return [Table(f"Slow readers, ages in seconds over {self.seconds:g} s", columns, rows)]

    def _row(self, reader: Reader) -> tuple[str, ...]:
        ages = reader.all_ages()
        numbers = (reader.least, median(ages), p99(ages), max(ages))
        fps = f"{len(ages) / self.seconds:.1f}"
        return (reader.name, fps, *(f"{n:.2f}" for n in numbers), f"{reader.growth():+.2f}")

    def checks(self) -> Iterator[Check]:
        for reader in self.readers:
            if reader.limits is not None:
                middle, top = median(reader.all_ages()), p99(reader.all_ages())
                what = (
                    f"{reader.name}: p50 < {reader.limits[0]:.2g} s, p99 < {reader.limits[1]:.2g} s"
                )
                met = middle < reader.limits[0] and top < reader.limits[1]
                yield Check(what, f"{middle:.2f} s, {top:.2f} s", met)
            allowed = 0.1 + 0.2 * reader.least
            growth = reader.growth()
            yield Check(f"{reader.name}: no growth", f"{growth:+.2f} s", growth < allowed)


def p99(ages: list[float]) -> float:
    return quantiles(ages, n=100, method="inclusive")[98] if len(ages) > 1 else ages[0]


def measure_slow(plan: Plan) -> Slow:
    with running_server(cameras=2) as target:
        cameras = [
            replace(camera, sink=sink)
            for camera, sink in zip((LARGE, SMALL), target.sinks, strict=True)
        ]
        with Feeder(cameras).running() as feeder:
            feeder.wait_for_first_frames()
            readers, groups = [], []
            for kind in served(plan.kinds, target):
                for camera, rate, limits in (
                    (LARGE, 200_000, (0.8, 1.2)),
                    (LARGE, 50_000, None),
                    (SMALL, 100_000, (1.0, 1.0)),
                ):
                    if kind != MJPEG and rate != 200_000:
                        continue
                    more = BASE64 if kind.protocol == "events" else 1
                    fair = limits and (limits[0] * more, limits[1] * more)
                    least = camera.size * more / rate
                    readers.append(Reader(kind.name, camera.size, camera.fps, rate, least, fair))
                    groups.append(Group(kind, 1, camera.number, rate, RECEIVE_BUFFER))
            with crowd(plan.load, target, groups) as watching:
                time.sleep(plan.warmup)
                periods = []
                count = max(3, round(plan.slow_seconds / PERIOD))
                for _ in range(count):
                    watching.start()
                    time.sleep(plan.slow_seconds / count)
                    periods.append(watching.ages())
    by_reader = zip(*periods, strict=True)
    done = (replace(r, ages=tuple(a)) for r, a in zip(readers, by_reader, strict=True))
    return Slow(plan.slow_seconds, tuple(done))
