"""`python -m tests.chaos.counted FILE MODULE …`: runs a program that can be asked what it holds.

On SIGUSR2 it writes the names of its living Trio tasks to FILE.
"""

import os
import runpy
import signal
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

import trio

from tests.bench.meter import private_bytes
from tests.processes import PATIENCE, Program

PAUSE = 0.02  # seconds, between two looks at the file


def tell(signal_number: int, frame: FrameType | None) -> None:
    """The handler runs in the main thread, in the middle of Trio's run."""
    root = trio.lowlevel.current_root_task()
    names = [] if root is None else [task.name for task in living(root)]
    written = Path(f"{FILE}.new")
    written.write_text("\n".join(names))
    written.rename(FILE)


def living(task: trio.lowlevel.Task) -> Iterator[trio.lowlevel.Task]:
    yield task
    for nursery in task.child_nurseries:
        for child in nursery.child_tasks:
            yield from living(child)


@dataclass(frozen=True)
class Holdings:
    """What a process holds: names of its tasks, open files, threads, kB of private memory."""

    names: Counter[str] = field(repr=False)
    files: int
    threads: int
    memory: int

    @property
    def tasks(self) -> int:
        return self.names.total()


def counted(file: Path, module: str, *words: str | Path) -> list[str]:
    """The command line of a module that can be asked."""
    return [sys.executable, "-W", "error", "-m", __name__, str(file), module, *map(str, words)]


async def holdings(program: Program, file: Path) -> Holdings:
    """Ask a running program that was started as `counted` with this file."""
    answer = trio.Path(file)
    await answer.unlink(missing_ok=True)
    program.process.send_signal(signal.SIGUSR2)
    with trio.fail_after(PATIENCE):
        while not await answer.exists():  # noqa: ASYNC110 - another process makes it
            await trio.sleep(PAUSE)
    return held_by(program.process.pid, await answer.read_text())


def held_by(pid: int, names: str) -> Holdings:
    process = Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    return Holdings(
        names=Counter(names.splitlines()),
        files=len(os.listdir(process / "fd")),
        threads=int(status["Threads"]),
        memory=private_bytes(pid) // 1024,
    )


if __name__ == "__main__":
    FILE = sys.argv[1]
    del sys.argv[:2]
    signal.signal(signal.SIGUSR2, tell)
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
