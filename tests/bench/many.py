"""Many cameras with a few viewers each, as a house has them."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

from .crowd import Group, crowd
from .feeder import Camera, Feeder
from .kind import MJPEG
from .plan import Plan
from .table import Check, Table
from .target import running_server
from .window import Window, observe

CAMERAS = 16
VIEWERS = 10  # of each camera


@dataclass(frozen=True, slots=True)
class Many:
    """The window has a group for each camera."""

    cameras: int
    viewers: int
    fps: float
    window: Window

    def tables(self) -> list[Table]:
        groups = self.window.groups
        columns = (
            "cameras x viewers",
            "CPU ms per 1,000 frames",
            "cores",
            "fps got",
            "missed",
            "age p50 / p99 ms (worst camera)",
        )
        row = (
            f"{self.cameras} x {self.viewers}",
            f"{self.window.cpu_per_thousand:.1f}",
            f"{self.window.cores:.2f}",
            f"{self._fps():.1f}",
            f"{sum(seen.missed for seen in groups) / max(1, self.window.frames):.1%}",
            f"{max(s.p50 for s in groups) * 1e3:.1f} / {max(s.p99 for s in groups) * 1e3:.1f}",
        )
        return [Table("Many cameras, mjpeg; ingest included", columns, [row])]

    def _fps(self) -> float:
        return self.window.frames / self.window.seconds / (self.cameras * self.viewers)

    def checks(self) -> Iterator[Check]:
        what = f"{self.cameras} cameras x {self.viewers} viewers: {self.fps:g} fps"
        yield Check(what, f"{self._fps():.1f} fps", self._fps() > self.fps * 0.99)


def measure_many(plan: Plan) -> Many:
    with running_server(CAMERAS) as target:
        cameras = [
            Camera(number, sink, plan.fps, plan.size) for number, sink in enumerate(target.sinks, 1)
        ]
        with Feeder(cameras).running() as feeder:
            feeder.wait_for_first_frames()
            groups = [Group(MJPEG, VIEWERS, camera.number) for camera in cameras]
            with crowd(plan.load, target, groups) as watching:
                time.sleep(plan.warmup)
                window = observe(target, feeder, watching, plan.seconds)
    return Many(CAMERAS, VIEWERS, plan.fps, window)
