"""Programs that tests start, and what is left of them."""

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from camclient.sources import SourceOptions
from camclient.sources.child import Child
from camclient.sources.program import ProgramSource, program_source


@contextmanager
def running(*words: str) -> Iterator[Child]:
    child = Child(words)
    try:
        yield child
    finally:
        child.close()


def shell(script: str) -> tuple[str, ...]:
    return ("sh", "-c", script)


def python(script: str) -> tuple[str, ...]:
    return (sys.executable, "-c", script)


def read_to_the_end(child: Child) -> bytes:
    output = b""
    while data := child.read():
        output += data
    return output


def read_line(child: Child) -> str:
    output = b""
    while not output.endswith(b"\n"):
        data = child.read()
        assert data
        output += data
    return output.decode().strip()


def lives(pid: int) -> bool:
    """Whether this process runs; a zombie does not."""
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def descriptors() -> set[str]:
    return set(os.listdir("/proc/self/fd"))


@contextmanager
def opened(source: ProgramSource) -> Iterator[ProgramSource]:
    source.open()
    try:
        yield source
    finally:
        source.close()


def files(directory: Path, *pictures: bytes) -> str:
    """The pictures as files, as words of a shell."""
    words = []
    for index, jpeg in enumerate(pictures):
        file = directory / f"{index}.jpg"
        file.write_bytes(jpeg)
        words.append(shlex.quote(str(file)))
    return " ".join(words)


def program(script: str) -> ProgramSource:
    return program_source(f"exec:sh -c {shlex.quote(script)}", SourceOptions())
