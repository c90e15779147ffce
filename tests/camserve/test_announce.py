"""When the network is told of the server, by a library that may fail or hang."""

import logging
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from camserve import announce
from camserve.announce import AnnouncementError, Announcer
from camserve.net.listen import bound_port
from tests.serving import running_server

TIMEOUT = 20.0  # seconds; far more than anything here takes


async def eventually(holds: Callable[[], bool]) -> None:
    """Wait for what a thread does, which cannot set an event."""
    with trio.fail_after(TIMEOUT):
        while not holds():  # noqa: ASYNC110
            await trio.sleep(0.01)


async def test_without_the_library_the_log_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.delitem(sys.modules, "camserve.announcement", raising=False)
    monkeypatch.delattr("camserve.announcement", raising=False)
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    caplog.set_level(logging.INFO, "camserve")
    with trio.fail_after(TIMEOUT):
        await announce.announce([], trio.Event())
    assert 'pip install "camserve[discovery]"' in caplog.text


async def test_listeners_that_close_while_the_library_is_imported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    stop = trio.Event()
    stop.set()

    def library() -> object:
        trio.from_thread.run_sync(listener.socket.close)
        return SimpleNamespace(local_addresses=lambda hosts: (), Announcement=object)

    monkeypatch.setattr(announce, "_library", library)
    with trio.fail_after(TIMEOUT):
        await announce.announce([listener], stop)


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({"host": "0.0.0.0"}, 1),
        ({"host": "127.0.0.1"}, 0),
        ({"host": "0.0.0.0", "ingest_host": "127.0.0.1"}, 0),
        ({"host": "127.0.0.1", "ingest_host": "0.0.0.0"}, 1),
        ({"host": "0.0.0.0", "announce": False}, 0),
    ],
)
async def test_only_what_others_can_reach_is_announced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, object], count: int
) -> None:
    ports: list[int] = []

    async def note(listeners: list[trio.SocketListener], stop: trio.Event, *tls: object) -> None:
        ports.append(bound_port(listeners))
        await stop.wait()

    monkeypatch.setattr("camserve.server.announce", note)
    async with running_server(tmp_path, **settings) as server:  # type: ignore[arg-type]
        await wait_all_tasks_blocked()
    assert ports == [server.ingest_port] * count


class FakeAnnouncement:
    def __init__(self, book: "Book", addresses: tuple[str, ...]) -> None:
        self.name = f"server at {' '.join(addresses)}"
        self._book = book

    def withdraw(self) -> None:
        self._book.lines.append(f"no {self.name}")
        self._book.hangs_at_end.wait()


class Book:
    """What the network was told."""

    def __init__(self) -> None:
        self.addresses: tuple[str, ...] = ("a",)
        self.problem: str | None = None
        self.lines: list[str] = []
        self.hangs, self.hangs_at_end = threading.Event(), threading.Event()
        self.hangs.set()
        self.hangs_at_end.set()

    def look(self) -> tuple[str, ...]:
        return self.addresses

    def announce(self, addresses: tuple[str, ...]) -> FakeAnnouncement:
        self.hangs.wait()
        if self.problem is not None:
            self.lines.append(self.problem)
            raise AnnouncementError(self.problem)
        made = FakeAnnouncement(self, addresses)
        self.lines.append(made.name)
        return made

    async def until(self, *lines: str) -> None:
        await eventually(lambda: self.lines == list(lines))


@pytest.fixture
def book(monkeypatch: pytest.MonkeyPatch) -> Iterator[Book]:
    monkeypatch.setattr(announce, "RECHECK", 0.02)
    opened = Book()
    yield opened
    opened.hangs.set()
    opened.hangs_at_end.set()


@asynccontextmanager
async def run(book: Book) -> AsyncIterator[None]:
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Announcer(book.look, book.announce).run, stop)
        yield
        stop.set()


async def test_it_follows_the_addresses(book: Book) -> None:
    async with run(book):
        await book.until("server at a")
        book.addresses = ("a", "b")
        await book.until("server at a", "no server at a", "server at a b")
        book.addresses = ()
        await book.until("server at a", "no server at a", "server at a b", "no server at a b")
        book.lines.clear()
        book.addresses = ("c",)
        await book.until("server at c")
    assert book.lines == ["server at c", "no server at c"]


async def test_what_fails_is_said_once_and_tried_again(
    book: Book, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "camserve")
    book.problem = "no network"
    async with run(book):
        await book.until("no network", "no network", "no network")
        book.problem = None
        await book.until("no network", "no network", "no network", "server at a")
    assert [record.getMessage() for record in caplog.records] == [
        "cameras have to be told the address: no network",
        "cameras find this server as 'server at a'",
    ]


async def test_a_library_that_hangs_keeps_nobody(
    book: Book, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(announce, "LONGEST_ANNOUNCING", 0.1)
    monkeypatch.setattr(announce, "LONGEST_WITHDRAWAL", 0.1)
    caplog.set_level(logging.INFO, "camserve")
    book.hangs.clear()
    with trio.fail_after(TIMEOUT):
        async with run(book):
            await eventually(lambda: "takes too long" in caplog.text)
    # What it announces after all is taken back.
    book.hangs.set()
    await book.until("server at a", "no server at a")
    book.lines.clear()
    book.hangs_at_end.clear()
    with trio.fail_after(TIMEOUT):
        async with run(book):
            await book.until("server at a")


@pytest.mark.parametrize(
    ("tls", "name", "more"),
    [
        (False, None, {"tls": "0"}),
        (True, None, {"tls": "1"}),
        (True, "cams.example", {"tls": "1", "host": "cams.example"}),
    ],
)
def test_what_cameras_are_told_of_tls(tls: bool, name: str | None, more: dict[str, str]) -> None:
    said = announce._text(tls, name)
    assert {key: said[key] for key in ("tls", "host") if key in said} == more
