"""What the service manager hears, with a clock of the test's own and a real socket."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import trio
from trio.testing import MockClock

from camserve.notify import Notifier
from camserve.supervision import supervised


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.setblocking(False)
        yield manager


def heard(manager: socket.socket) -> list[bytes]:
    messages = []
    try:
        while True:
            messages.append(manager.recv(1000))
    except BlockingIOError:
        return messages


async def hear(manager: socket.socket, path: Path, watchdog: float | None) -> list[bytes]:
    """All messages of twelve seconds; the socket holds no more than eleven."""
    viewers = iter(range(1000))
    with closing(Notifier(str(path / "notify"), watchdog)) as notifier:
        with trio.move_on_after(12):
            await supervised(notifier, lambda: f"{next(viewers) // 2} viewers")
        return heard(manager)


async def test_signs_of_life_come_in_time(
    manager: socket.socket, tmp_path: Path, autojump_clock: MockClock
) -> None:
    messages = await hear(manager, tmp_path, watchdog=6)
    assert messages.count(b"WATCHDOG=1") == 6
    assert messages[:3] == [b"WATCHDOG=1", b"STATUS=0 viewers", b"WATCHDOG=1"]


async def test_without_a_watchdog_there_is_a_status_only(
    manager: socket.socket, tmp_path: Path, autojump_clock: MockClock
) -> None:
    messages = await hear(manager, tmp_path, watchdog=None)
    assert messages == [b"STATUS=0 viewers", b"STATUS=1 viewers"]  # told once each
