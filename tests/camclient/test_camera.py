"""What the program tells the service manager and the terminal, as a process."""

import os
import pty
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.camclient.terminal import screen
from tests.processes import environment, eventually, python, running

#: Nobody listens there.
OPTIONS = ("--server", "ws://127.0.0.1:9", "--camera-id", "7", "--token", "secret")


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        yield manager


def heard(manager: socket.socket, until: str) -> list[str]:
    messages = [""]
    while not messages[-1].startswith(until):
        messages.append(manager.recv(1000).decode())
    return messages[1:]


def test_the_service_manager_is_told_without_camera_and_network(
    manager: socket.socket, tmp_path: Path
) -> None:
    env = environment(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="200000")
    words = python("camclient", *OPTIONS, "--source", "/nowhere/clip.avi")
    with running(words, env=env) as program:
        first = heard(manager, "READY=1")
        signs = heard(manager, "WATCHDOG=1") + heard(manager, "WATCHDOG=1")
        status = next(one for one in first + signs if one.startswith("STATUS="))
        assert status.startswith("STATUS=no connection, no picture yet")
        assert program.stop() == 0
        heard(manager, "STOPPING=1")


def test_what_the_source_starts_does_not_talk_in_its_name(
    manager: socket.socket, tmp_path: Path
) -> None:
    script = tmp_path / "source.sh"
    script.write_text('#!/bin/sh\nenv > "$0.environment"\nexec sleep 60\n')
    script.chmod(0o755)
    env = environment(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="60000000")
    words = python("camclient", *OPTIONS, "--source", f"exec:{script}")
    with running(words, env=env) as program:
        seen = tmp_path / "source.sh.environment"
        eventually(lambda: seen.exists() and "PATH=" in seen.read_text())
        assert "NOTIFY_SOCKET" not in seen.read_text()
        assert "WATCHDOG" not in seen.read_text()
        assert program.stop() == 0


def on_a_terminal(*options: str, until: str, term: str = "xterm") -> str:
    """What it wrote on its terminal when stopped after this text."""
    master, slave = pty.openpty()
    with os.fdopen(master, "rb", buffering=0):
        with os.fdopen(slave, "wb") as stderr:
            process = subprocess.Popen(
                [sys.executable, "-m", "camclient", *OPTIONS, "--source", "test", *options],
                env=environment(TERM=term),
                stderr=stderr,
            )
        written = b""
        try:
            while until.encode() not in written:
                assert select.select([master], [], [], 20)[0], written
                written += os.read(master, 65536)
            process.send_signal(signal.SIGTERM)
            while True:
                written += os.read(master, 65536)
        except OSError:  # EIO: the other side of the pty is closed
            pass
        finally:
            process.kill()
            process.wait()
    assert process.returncode == 0
    return written.decode().replace("\r\n", "\n")


def test_on_a_terminal_there_is_a_line_below_the_log_and_in_the_end_none() -> None:
    written = on_a_terminal(until="\rno connection")
    shown = screen(written)
    assert shown[-2].endswith("INFO camclient.camera: stopped by SIGTERM")
    assert shown[-1] == ""
    assert all(one[:2] == "20" for one in shown[:-1])  # log lines, each from its first column on
    assert " fps" not in written  # of what is not sent


@pytest.mark.parametrize(("options", "term"), [(["--log-level", "warning"], "xterm"), ([], "dumb")])
def test_who_wants_no_news_or_cannot_show_the_line_has_none(options: list[str], term: str) -> None:
    written = on_a_terminal(*options, until="trying again", term=term)
    assert "\r" not in written
    assert "\x1b" not in written
