"""Real processes for the tests: started, watched line by line, and always brought to an end."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from camserve.registry import Registry, Tokens, load_secret

ROOT = Path(__file__).parents[1]
PATIENCE = 30.0  # seconds; far more than any machine needs
#: Clients of others honour these: nothing here may go through a proxy.
DIRECT = {"NO_PROXY": "*", "no_proxy": "*"}
READY = re.compile(
    r"watch   http(?P<secure>s?)://(?P<host>[^ ]+):(?P<http>\d+)/\n"
    r"cameras wss?://[^ ]+:(?P<ingest>\d+)/video-input-stream\n"
)


def environment(**variables: str) -> dict[str, str]:
    """Ours, with this checkout's packages first and without any setting of camserve."""
    ours = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CAMSERVE_", "CAMCLIENT_", "CAMERA_"))
    }
    return {**ours, **DIRECT, "PYTHONPATH": str(ROOT), **variables}


def python(module: str, *words: str | Path) -> list[str]:
    """The command line that runs a module with the interpreter of the tests."""
    return [sys.executable, "-m", module, *map(str, words)]


def run(words: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with `variables` in its environment."""
    return subprocess.run(
        words,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def eventually(
    holds: Callable[[], object], timeout: float = PATIENCE, pause: float = 0.02
) -> float:
    """Ask until `holds` is true of what another process does; the seconds that it took.

    pause: seconds between two questions
    """
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < timeout, f"still not so after {timeout:g} s"
        time.sleep(pause)  # it cannot tell us by itself
    return time.monotonic() - began


class Lines:
    """What a process writes on a pipe, line by line, as it comes."""

    def __init__(self, pipe: IO[str]) -> None:
        self._lines: list[str] = []
        self._ended = False
        self._news = threading.Condition()
        self._reader = threading.Thread(target=self._read, args=[pipe], daemon=True)
        self._reader.start()

    @property
    def text(self) -> str:
        return "".join(self._lines)

    def wait_for(self, pattern: str | re.Pattern[str], timeout: float = PATIENCE) -> re.Match[str]:
        """Wait until the text holds `pattern`; the match.

        Raises: AssertionError when the process ends, or the time, without it.
        """
        with self._news:
            self._news.wait_for(lambda: self._ended or re.search(pattern, self.text), timeout)
        found = re.search(pattern, self.text)
        assert found, f"expected {pattern!r}, got: {self.text}"
        return found

    def complete(self) -> str:
        """All of it, once the process has ended."""
        self._reader.join(PATIENCE)
        return self.text

    def _read(self, pipe: IO[str]) -> None:
        with pipe:
            for line in pipe:
                with self._news:
                    self._lines.append(line)
                    self._news.notify_all()
        with self._news:
            self._ended = True
            self._news.notify_all()


class Program:
    """A running process."""

    def __init__(
        self, words: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None
    ) -> None:
        self.process = subprocess.Popen(
            words,
            cwd=cwd,
            env=environment() if env is None else env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.out, self.err = Lines(self.process.stdout), Lines(self.process.stderr)

    def wait(self, timeout: float = PATIENCE) -> int:
        """Wait until it ends by itself; the exit status, -9 for SIGKILL and so on."""
        status = self.process.wait(timeout)
        self.out.complete()
        self.err.complete()
        return status

    def stop(self, number: signal.Signals = signal.SIGTERM, timeout: float = PATIENCE) -> int:
        self.process.send_signal(number)
        return self.wait(timeout)


@contextmanager
def running(
    words: list[str], *, cwd: Path | None = None, env: dict[str, str] | None = None
) -> Iterator[Program]:
    """A process for as long as the block runs; no traceback may appear on its standard error."""
    program = Program(words, cwd=cwd, env=env)
    try:
        yield program
    finally:
        program.process.kill()
        program.wait()
        # pytest shows this with a test that fails, and only then.
        print(*words, program.out.text, program.err.text, sep="\n", file=sys.stderr)  # noqa: T201
    assert "Traceback" not in program.err.text


@dataclass
class RealServer:
    program: Program
    host: str
    http_port: int
    ingest_port: int
    secure: str = ""  # or "s"

    def url(self, path: str) -> str:
        return f"http{self.secure}://{self.host}:{self.http_port}{path}"

    def ws(self, path: str) -> str:
        return f"ws{self.secure}://{self.host}:{self.http_port}{path}"

    @property
    def ingest(self) -> str:
        """As the ready line says it."""
        return f"ws{self.secure}://{self.host}:{self.ingest_port}/video-input-stream"


def ready(program: Program) -> RealServer:
    """Wait for the two ready lines and read them."""
    found = program.out.wait_for(READY)
    ports = int(found["http"]), int(found["ingest"])
    return RealServer(program, found["host"], *ports, found["secure"])


@contextmanager
def real_server(data_dir: Path, *options: str, **variables: str) -> Iterator[RealServer]:
    """`camserve run` on free ports, ready, for as long as the block runs."""
    words = python("camserve", "run", "--data-dir", data_dir, "--port", "0", "--ingest-port", "0")
    with running([*words, *options], env=environment(**variables)) as program:
        yield ready(program)


def register(data_dir: Path, *names: str) -> list[tuple[int, str]]:
    """Add cameras as `camserve camera add` does, but without a process; ids and tokens."""
    data_dir.mkdir(exist_ok=True)
    registry = Registry.open(f"sqlite:///{data_dir}/camserve.sqlite3")
    try:
        tokens = Tokens(load_secret(data_dir, None))
        cameras = [registry.add(name, movable=True) for name in names]
        return [(camera.id, tokens.token(camera)) for camera in cameras]
    finally:
        registry.close()


def camclient(server: str, camera_id: int, token: str, *options: str | Path) -> list[str]:
    """The command line of a real camera."""
    identity = ("--server", server, "--camera-id", str(camera_id), "--token", token)
    return python("camclient", *identity, *options)
