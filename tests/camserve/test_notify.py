import os
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from camserve.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "path":
        return str(tmp_path / "notify")
    return f"@camserve-test-{os.getpid()}"


@pytest.fixture
def manager(address: str) -> Iterator[socket.socket]:
    """The service manager's end."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(address.replace("@", "\0"))
        manager.settimeout(5)
        yield manager


@pytest.fixture
def notifier(address: str) -> Iterator[Notifier]:
    with closing(Notifier(address, 60)) as notifier:
        yield notifier


def test_each_message_is_one_datagram(notifier: Notifier, manager: socket.socket) -> None:
    notifier.ready()
    notifier.status("all is well")
    notifier.alive()
    notifier.stopping()
    got = [manager.recv(1000) for _ in range(4)]
    assert got == [b"READY=1", b"STATUS=all is well", b"WATCHDOG=1", b"STOPPING=1"]


def test_a_reload_says_when_it_began(notifier: Notifier, manager: socket.socket) -> None:
    before = time.monotonic_ns() // 1000
    notifier.reloading()
    first, second = manager.recv(1000).decode().split("\n")
    assert first == "RELOADING=1"
    assert before <= int(second.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000


def test_a_status_is_one_line_and_told_once(notifier: Notifier, manager: socket.socket) -> None:
    notifier.status("2 frames\nREADY=1")
    notifier.status("2 frames READY=1")
    notifier.status("x" * 1000)
    assert manager.recv(1000) == b"STATUS=2 frames READY=1"
    assert manager.recv(1000) == b"STATUS=" + b"x" * 200


def test_a_manager_that_does_not_read_stops_nobody(
    notifier: Notifier, manager: socket.socket
) -> None:
    for _ in range(10_000):  # far more than a socket's queue holds
        notifier.alive()
    assert manager.recv(1000) == b"WATCHDOG=1"


def test_nobody_listens() -> None:
    for notifier in (Notifier(), Notifier("/nowhere/notify", 1), Notifier("/\0")):
        notifier.ready()
        notifier.close()
        notifier.close()


def test_the_variables_are_read_and_removed_for_our_children() -> None:
    environ = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "HOME": "/"}
    notifier = Notifier.from_environment(environ)
    assert notifier.listening
    assert notifier.watchdog == 30
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize(
    ("variables", "watchdog"),
    [
        ({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": str(os.getpid())}, 1),
        ({"WATCHDOG_USEC": "1000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({}, None),
    ],
)
def test_the_watchdog_is_for_this_process_only(
    variables: dict[str, str], watchdog: float | None
) -> None:
    environ = {"NOTIFY_SOCKET": "/run/x", **variables}
    assert Notifier.from_environment(environ).watchdog == watchdog
    assert environ == {}


def test_without_a_service_manager_nothing_is_watched() -> None:
    notifier = Notifier.from_environment({"WATCHDOG_USEC": "1000000"})
    assert not notifier.listening
    assert notifier.watchdog is None
