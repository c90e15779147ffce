"""The real server under a service manager: what it tells, what it inherits, what signals do."""

import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.clients import get, old_viewer, socket_pictures, states
from tests.processes import (
    PATIENCE,
    camclient,
    environment,
    eventually,
    python,
    ready,
    real_server,
    register,
    running,
)

#: The loop stands still when this signal comes; the rest of the process does not.
FREEZABLE = """
import signal, sys, time
signal.signal(signal.SIGUSR1, lambda *_: time.sleep(60))
from camserve.cli import main
sys.exit(main(sys.argv[1:]))
"""
ANY_PORTS = ("--port", "0", "--ingest-port", "0")


class Manager:
    """The service manager's end of the protocol."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.heard: list[str] = []

    def hear(self, timeout: float = PATIENCE) -> str:
        """Wait for the next message. Raises: TimeoutError."""
        self.socket.settimeout(timeout)
        self.heard.append(self.socket.recv(1000).decode())
        return self.heard[-1]

    def hear_no_more(self, seconds: float) -> None:
        """Take what was under way, and then nothing comes for so long."""
        with suppress(TimeoutError):
            for _ in range(3):
                self.hear(seconds)
            pytest.fail(f"still heard: {self.heard[-3:]}")

    def wait_for(self, beginning: str) -> str:
        while not self.hear().startswith(beginning):
            pass
        return self.heard[-1]


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    with manager.socket:
        yield manager


def test_it_says_when_it_is_ready_how_it_is_and_when_it_stops(
    manager: Manager, tmp_path: Path
) -> None:
    with real_server(tmp_path / "data", NOTIFY_SOCKET=str(manager.path)) as server:
        assert manager.hear() == "READY=1"
        assert manager.hear() == "STATUS=0 of 0 cameras online, 0 viewers"
        assert get(server.url("/hello"))[0] == 200  # what is ready answers
        server.program.process.send_signal(signal.SIGHUP)
        began = manager.wait_for("RELOADING=1")
        assert int(began.partition("MONOTONIC_USEC=")[2]) <= time.monotonic_ns() // 1000
        manager.wait_for("READY=1")
        assert server.program.stop() == 0
        manager.wait_for("STOPPING=1")
    assert not [one for one in manager.heard if one.startswith("WATCHDOG")]


def test_a_loop_that_stands_still_feeds_no_watchdog(manager: Manager, tmp_path: Path) -> None:
    words = [sys.executable, "-c", FREEZABLE, "run", "--data-dir", str(tmp_path / "data")]
    variables = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "1500000"}
    with running([*words, *ANY_PORTS], env=environment(**variables)) as program:
        ready(program)
        for _ in range(3):
            manager.wait_for("WATCHDOG=1")
        program.process.send_signal(signal.SIGUSR1)
        manager.hear_no_more(1.5)
        assert program.process.poll() is None


def test_a_reload_drops_nobody_and_counts_at_once(tmp_path: Path) -> None:
    ((camera_id, token),) = register(tmp_path / "data", "front")
    file = tmp_path / "camserve.toml"
    file.write_text("max_viewers_per_camera = 10\n")
    with (
        real_server(tmp_path / "data", "--config", str(file)) as server,
        running(camclient(server.ingest, camera_id, token, "--source", "test")),
    ):
        eventually(lambda: states(server) == ["online"])
        with old_viewer(server, camera_id) as viewer:
            pictures = socket_pictures(viewer)
            next(pictures)
            file.write_text("max_viewers_per_camera = 1\nstale_after = 5\n")
            server.program.process.send_signal(signal.SIGHUP)
            server.program.err.wait_for("now in force: max_viewers_per_camera\n")
            server.program.err.wait_for("stay as they were: stale_after\n")
            for _ in range(3):
                next(pictures)
            assert get(server.url(f"/cameras/{camera_id}/stream.mjpg"))[0] == 503
            file.write_text("max_viewers_per_camera = many\n")
            server.program.process.send_signal(signal.SIGHUP)
            server.program.err.wait_for("the settings stay as they were: .*not valid TOML")
            next(pictures)
            assert get(server.url(f"/cameras/{camera_id}/stream.mjpg"))[0] == 503
        assert states(server) == ["online"]
        assert server.program.err.text.count(" connected from ") == 1  # camera: never again
        assert server.program.stop() == 0


def test_a_password_comes_in_force_with_a_reload(tmp_path: Path) -> None:
    file = tmp_path / "camserve.toml"
    file.write_text("")
    with real_server(tmp_path / "data", "--config", str(file)) as server:
        assert get(server.url("/cameras"))[0] == 200
        file.write_text('viewer_password = "open sesame"\n')
        server.program.process.send_signal(signal.SIGHUP)
        server.program.err.wait_for("now in force: viewer_password\n")
        assert get(server.url("/cameras"))[0] == 401
        file.write_text('viewer_password = "same"\nadmin_token = "same"\n')
        server.program.process.send_signal(signal.SIGHUP)
        server.program.err.wait_for("the settings stay as they were: ")
        assert get(server.url("/cameras"))[0] == 401
    assert "sesame" not in server.program.err.text


def test_sighup_while_it_starts_harms_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with running(python("camserve", "run", "--data-dir", data_dir, *ANY_PORTS)) as program:
        eventually(data_dir.exists, pause=0)
        program.process.send_signal(signal.SIGHUP)
        ready(program)
        program.err.wait_for("settings read again")
        assert program.stop() == 0


def test_sighup_stops_the_demo_and_it_leaves_nothing_behind(tmp_path: Path) -> None:
    words = python("camserve", "demo", *ANY_PORTS)
    with running(words, env=environment(TMPDIR=str(tmp_path))) as program:
        ready(program)
        assert program.stop(signal.SIGHUP) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_terminal_that_is_closed_stops_it(tmp_path: Path) -> None:
    master, slave = pty.openpty()
    words = python("camserve", "run", "--data-dir", tmp_path, *ANY_PORTS)
    # A shell that makes the terminal its own, as a window does; the server is in its foreground.
    with subprocess.Popen(
        ["setsid", "--ctty", *words],
        stdin=slave,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        text=True,
    ) as process:
        os.close(slave)
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("watch")
            os.close(master)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
        assert process.stderr is not None
        assert "SIGHUP: stopping" in process.stderr.read()
