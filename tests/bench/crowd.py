"""Many viewers at once: a program of its own, so that watching costs the server nothing."""

import json
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import IO

from tests.processes import ROOT, environment

from .kind import Kind
from .target import Target

STARTUP = 60.0  # seconds in which all viewers must have seen a frame
STALLED = -1  # the rate of viewers that read nothing after their first frame


class CrowdError(Exception):
    """The viewers could not watch; the message says why."""


@dataclass(frozen=True, slots=True)
class Group:
    """Viewers of one kind.

    rate: bytes per second that each of them reads; 0: all that comes; or STALLED
    receive_buffer: bytes of SO_RCVBUF, 0: the kernel's choice
    """

    kind: Kind
    viewers: int
    camera: int = 1
    rate: float = 0
    receive_buffer: int = 0

    def words(self) -> str:
        """As load.c wants it."""
        path = self.kind.path.format(camera=self.camera)
        numbers = (self.viewers, f"{self.rate:g}", self.receive_buffer, self.camera)
        return ":".join([self.kind.protocol, *map(str, numbers), path])


@dataclass(frozen=True, slots=True)
class Seen:
    """What the viewers of a group saw since counting began.

    frames: new ones, all viewers together; repeats: the same once more; missed: left out, by their
        sequence numbers; backward: older than what the viewer had, which must never be
    lost: viewers whose connection ended
    least, most: frames of the viewer that got the fewest, the most
    p50, p99, oldest: age of a frame when its last byte was read, seconds since it was sent
    within_20ms: share of frames not older than that, 0 to 1
    """

    viewers: int
    frames: int
    bytes: int
    repeats: int
    missed: int
    backward: int
    lost: int
    least: int
    most: int
    p50: float
    p99: float
    oldest: float
    within_20ms: float


class Crowd:
    """Viewers that are watching."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.pid = process.pid
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._commands: IO[str] = process.stdin
        self._answers: IO[str] = process.stdout

    def start(self) -> None:
        """Begin to count, from zero."""
        self._ask("start")

    def report(self) -> list[Seen]:
        """What was seen since `start`, by group."""
        names = {field.name for field in fields(Seen)}
        groups = json.loads(self._ask("report"))
        return [Seen(**{name: group[name] for name in names}) for group in groups]

    def ages(self) -> list[tuple[float, ...]]:
        """Age of each frame since `start`, by group, in the order of their arrival; seconds.

        For a few viewers; they come as one line of text.
        """
        return [tuple(group) for group in json.loads(self._ask("ages"))]

    def _ask(self, command: str) -> str:
        self._commands.write(command + "\n")
        self._commands.flush()
        return self.answer()

    def answer(self) -> str:
        """The next line that the program prints."""
        # Nothing is left over from the last answer: it was one line, too.
        answered, _, _ = select.select([self._answers], [], [], STARTUP)
        if not answered:
            raise CrowdError(f"not every viewer has seen a frame within {STARTUP:g} s")
        line = self._answers.readline()
        if not line:
            assert self._process.stderr is not None
            raise CrowdError(self._process.stderr.read().strip() or "the viewers ended")
        return line


@contextmanager
def crowd(program: Path | None, target: Target, groups: Sequence[Group]) -> Iterator[Crowd]:
    """Viewers for as long as the block runs; each of them has seen a frame when it begins.

    program: the one of load.c; None: the slower one in Python

    Raises: CrowdError.
    """
    name = [str(program)] if program else [sys.executable, "-m", "tests.bench.plain_crowd"]
    words = [*name, str(target.port), *(group.words() for group in groups)]
    with subprocess.Popen(
        words,
        cwd=ROOT,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            viewers = Crowd(process)
            viewers.answer()  # "ready"
            yield viewers
        finally:
            process.kill()
