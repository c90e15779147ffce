"""Where it was measured."""

import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path

BUSY = 0.3  # load per core from which other work disturbs


@dataclass(frozen=True, slots=True)
class Machine:
    """load: processes that wanted to run in the minute before, on average (getloadavg(3))."""

    processor: str
    cores: int
    system: str
    python: str
    load: float

    def __str__(self) -> str:
        text = f"{self.processor}, {self.cores} cores, {self.system}, Python {self.python}"
        text += f", load before the run {self.load:.1f}"
        if self.load > BUSY * self.cores:
            text += " (other work was disturbing it: times and ages are too high)"
        return text


def this_machine() -> Machine:
    described = Path("/proc/cpuinfo").read_text()
    found = re.search(r"^model name\s*: (.+)$", described, re.MULTILINE)
    return Machine(
        processor=found[1] if found else platform.machine(),
        cores=len(os.sched_getaffinity(0)),
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=os.getloadavg()[0],
    )
