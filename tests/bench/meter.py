"""What a process has cost, asked from outside. Linux only."""

import re
import time
from pathlib import Path

KIB = 1024


def cpu_seconds(pid: int) -> float:
    """User and system time of all threads so far, in nanosecond steps.

    The clock's number is what clock_getcpuclockid(3) would give. On loopback it includes what the
    kernel does to hand the bytes to the receiver, for camserve as for the floor.
    """
    return time.clock_gettime((~pid << 3) | 2)


def private_bytes(pid: int) -> int:
    """Anonymous memory in use: heap and stacks, without files and what is shared (proc(5))."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = re.search(r"^Anonymous:\s+(\d+) kB$", rollup, re.MULTILINE)
    assert found, rollup
    return int(found[1]) * KIB
