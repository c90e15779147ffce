"""A few seconds of watching, and what they cost."""

import time
from dataclasses import dataclass

from .crowd import Crowd, Seen
from .feeder import Feeder
from .meter import cpu_seconds
from .target import Target


@dataclass(frozen=True, slots=True)
class Window:
    """What happened meanwhile.

    cpu, crowd_cpu: seconds that the target and the viewers computed, user and system
    sent: frames that went in, all cameras together; late: frames that the feeder could not send
    groups: what each group of viewers saw
    """

    seconds: float
    cpu: float
    crowd_cpu: float
    sent: int
    late: int
    groups: tuple[Seen, ...]

    @property
    def frames(self) -> int:
        """Delivered, all viewers together."""
        return sum(seen.frames for seen in self.groups)

    @property
    def cpu_per_thousand(self) -> float:
        """Milliseconds of the target's CPU per 1,000 delivered frames."""
        return self.cpu * 1e6 / self.frames if self.frames else float("inf")

    @property
    def cores(self) -> float:
        """How much of one core the target took, 0 to 1 and, with threads, above."""
        return self.cpu / self.seconds


def observe(target: Target, feeder: Feeder, viewers: Crowd, seconds: float) -> Window:
    """Count for so long."""
    sent, late = sum(feeder.sent), feeder.late
    viewers.start()
    began, cpu, crowd_cpu = time.monotonic(), cpu_seconds(target.pid), cpu_seconds(viewers.pid)
    time.sleep(seconds)
    cpu, crowd_cpu = cpu_seconds(target.pid) - cpu, cpu_seconds(viewers.pid) - crowd_cpu
    took = time.monotonic() - began
    groups = tuple(viewers.report())
    return Window(took, cpu, crowd_cpu, sum(feeder.sent) - sent, feeder.late - late, groups)
