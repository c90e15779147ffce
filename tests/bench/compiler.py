"""The C programs of the benchmark, built when it begins."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parent
PROGRAMS = {"floor": ("floor.c",), "load": ("load.c", "request.c", "stream.c", "statistics.c")}
FLAGS = ("-std=gnu11", "-O2", "-Wall", "-Wextra")
TIMEOUT = 60.0  # seconds; it takes one


class CompilerError(Exception):
    """A compiler is there but does not like our programs; the message is what it said."""


@dataclass(frozen=True, slots=True)
class Programs:
    """Paths of what was built."""

    floor: Path
    load: Path


@contextmanager
def built_programs() -> Iterator[Programs | None]:
    """Build into a directory that lives as long as the block; None: there is no C compiler.

    Raises: CompilerError.
    """
    compiler = shutil.which("cc")
    if compiler is None:
        yield None
        return
    with TemporaryDirectory(prefix="camserve-bench-") as directory:
        for name, sources in PROGRAMS.items():
            words = [compiler, *FLAGS, "-o", f"{directory}/{name}", *sources]
            done = subprocess.run(
                words, cwd=HERE, capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
            if done.returncode:
                raise CompilerError(done.stderr)
        yield Programs(Path(directory, "floor"), Path(directory, "load"))
