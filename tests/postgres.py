"""A real PostgreSQL server of its own for the tests: a folder, a Unix socket, no TCP port."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

NEEDS = "needs the Debian package postgresql"


@dataclass
class PostgresServer:
    programs: Path
    folder: Path
    user: str | None  # the system's user that runs it; None: ours
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def url(self, database: str) -> str:
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def new_database(self) -> str:
        """The URL of a new, empty database."""
        name = f"database{next(self.numbers)}"
        self.run("createdb", "--host", str(self.folder), "--username", "postgres", name)
        return self.url(name)

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses= -c fsync=off"
        log = str(self.folder / "log")
        self.run("pg_ctl", "start", "--wait", "-D", self._data, "-l", log, "-o", options)

    def stop(self) -> None:
        self.run("pg_ctl", "stop", "--wait", "--mode", "immediate", "-D", self._data)

    def run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root. Standard output goes nowhere, because the server
        # inherits it and a pipe would never end.
        subprocess.run(
            [self.programs / program, *arguments],
            check=True,
            cwd=self.folder,
            user=self.user,
            group=self.user,
            extra_groups=None if self.user is None else [],
            stdout=subprocess.DEVNULL,
        )

    @property
    def _data(self) -> str:
        return str(self.folder / "data")


def find_programs() -> Path | None:
    """The folder of initdb: Debian keeps it out of PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    elsewhere = shutil.which("initdb")
    if found:
        return found[-1].parent
    return None if elsewhere is None else Path(elsewhere).resolve().parent


@contextmanager
def running_postgres(programs: Path) -> Iterator[PostgresServer]:
    """A running server; stopped and deleted at the end."""
    user = "postgres" if os.geteuid() == 0 else None
    # Not in pytest's folder: that one is closed to other users, and too long for a socket's name.
    with tempfile.TemporaryDirectory(prefix="camserve-postgres-") as folder:
        if user is not None:
            shutil.chown(folder, user, user)
        server = PostgresServer(programs, Path(folder), user)
        settings = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8"]
        server.run("initdb", "-D", f"{folder}/data", "--no-sync", *settings)
        server.start()
        try:
            yield server
        finally:
            server.stop()
