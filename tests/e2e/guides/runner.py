"""Runs the commands of a page as they stand there, against a demo server on other ports."""

import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.players import MISSING
from tests.processes import RealServer, environment, running

from .snippets import Snippet

LONGEST = 20.0  # seconds that a snippet may take
#: However a page calls the computer on which the server runs.
SERVER = re.compile(
    r"(?<![\w.])(?:SERVER|localhost|127\.0\.0\.1|192\.168\.1\.\d{1,3}):(8000|8001)\b"
)
#: Where a service has its data; the demo has it elsewhere.
DATA_DIR = "/var/lib/camserve"
#: They get no window, and have to show some pictures.
PLAYERS = ("vlc", "mpv", "ffplay")
#: What a page may call on this machine, and what it does instead.
STAND_INS = {
    "camserve": f'exec {sys.executable} -m camserve "$@"',
    "camclient": f'exec {sys.executable} -m camclient "$@"',
    "python3": f'exec {sys.executable} "$@"',
    **{name: f'exec {sys.executable} -m tests.e2e.players {name} "$@"' for name in PLAYERS},
    # As whoever runs the tests. That may be root, so what belongs to the system is out of reach.
    "sudo": 'for word; do case "$word" in /etc/*|/usr/*|/var/*|/opt/*|/boot/*)\n'
    'echo "a test does not touch $word" >&2; exit 97;; esac; done\nexec "$@"',
}


@dataclass
class Workplace:
    """Where the snippets of one page run, one after the other.

    folder: in its `work` they begin; what one leaves the next finds
    output: of the last one
    """

    server: RealServer
    data_dir: Path
    folder: Path
    output: str = ""

    def __post_init__(self) -> None:
        programs = self.folder / "bin"
        programs.mkdir()
        for name, script in STAND_INS.items():
            file = programs / name
            file.write_text(f"#!/bin/sh\n{script}\n")
            file.chmod(0o755)
        self.work.mkdir()
        # The environment that the tutorial makes.
        (self.work / "camserve-env").mkdir()
        (self.work / "camserve-env/bin").symlink_to(programs)

    @property
    def work(self) -> Path:
        return self.folder / "work"

    def run(self, snippet: Snippet) -> None:
        """Run one to its end."""
        done = subprocess.run(
            self._words(snippet),
            cwd=self.work,
            env=self._environment(self.data_dir),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=LONGEST,
            check=False,
        )
        self.output = done.stdout
        if done.returncode == MISSING:
            pytest.skip(f"{snippet}: a player is not on this computer")
        assert done.returncode == 0, f"{snippet}: exit status {done.returncode}\n{self.output}"
        assert "Traceback" not in self.output, f"{snippet}\n{self.output}"

    def run_until(self, snippet: Snippet) -> None:
        """Run one that goes on for ever until it says what its mark names."""
        # With a group of its own, as in a terminal: Ctrl+C is for all that it started.
        words = ["setsid", *self._words(snippet)]
        # A server of the page's own takes no data of the demo.
        env = self._environment(self.folder / "data")
        with running(words, cwd=self.work, env=env) as program:
            try:
                program.out.wait_for(re.escape(snippet.detail), LONGEST)
                os.killpg(program.process.pid, signal.SIGINT)
                program.wait(LONGEST)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(program.process.pid, signal.SIGKILL)
        self.output = program.out.text
        assert "Traceback" not in self.output, f"{snippet}\n{self.output}"

    def compare(self, snippet: Snippet) -> None:
        """The last snippet printed each of these lines."""
        for line in filter(None, map(str.strip, snippet.text.splitlines())):
            pattern = re.sub(r"\w*…", ".*", re.escape(self._here(line)))
            pattern = re.sub(r"\d+", r"\\d+", pattern)
            pattern = re.sub(r"(\\ )+", r" +", pattern)  # columns are as wide as what is in them
            found = re.search(rf"^\s*{pattern}\s*$", self.output, re.M)
            assert found, f"{snippet}: {line!r} is not in\n{self.output}"

    def _words(self, snippet: Snippet) -> list[str]:
        return ["bash", "-c", f"set -euo pipefail; exec 2>&1\n{self._here(snippet.text)}"]

    def _here(self, text: str) -> str:
        ports = {"8000": self.server.http_port, "8001": self.server.ingest_port}
        text = SERVER.sub(lambda found: f"127.0.0.1:{ports[found[1]]}", text)
        return text.replace(DATA_DIR, str(self.data_dir))

    def _environment(self, data_dir: Path) -> dict[str, str]:
        return environment(
            PATH=f"{self.folder / 'bin'}:{os.environ['PATH']}",
            HOME=str(self.folder),
            CAMSERVE_DATA_DIR=str(data_dir),
            # For a server of the page's own: these ports may be in use here.
            CAMSERVE_PORT="0",
            CAMSERVE_INGEST_PORT="0",
        )
