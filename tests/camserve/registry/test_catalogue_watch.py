"""The catalogue while other processes change the database, and while the database fails."""

import logging
import os
import threading
from pathlib import Path

import pytest
import trio

from camserve.registry import Catalogue, Registry
from tests.camserve.registry.listener import Listener


@pytest.fixture
def catalogue(registry: Registry) -> Catalogue:
    return Catalogue(registry)


async def test_watch_starts_with_the_cameras_and_follows_other_processes(
    url: str, catalogue: Catalogue, nursery: trio.Nursery
) -> None:
    with Registry.open(url) as other:
        first = other.add("a")
        await nursery.start(catalogue.watch, 0)
        assert catalogue.cameras() == (first,)
        listener = Listener()
        catalogue.on_change(listener)
        second = other.add("b")
        with trio.fail_after(10):
            await listener.wait_called()
        assert catalogue.cameras() == (first, second)


async def test_a_failing_database_is_logged_once_until_it_is_back(
    sqlite_file: Path,
    sqlite_url: str,
    nursery: trio.Nursery,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.INFO, "camserve.registry")
    with Registry.open(sqlite_url) as registry:
        camera = registry.add("a")
        asked = 0
        enough = trio.Event()
        ask = registry.revision
        token = trio.lowlevel.current_trio_token()

        def count() -> int:
            nonlocal asked
            asked += 1
            if asked == 4:
                token.run_sync_soon(enough.set)
            return ask()

        catalogue = Catalogue(registry)
        await catalogue.refresh()
        away = sqlite_file.with_name("away.db")
        os.rename(sqlite_file, away)
        monkeypatch.setattr(registry, "revision", count)
        await nursery.start(catalogue.watch, 0)
        with trio.fail_after(10):
            await enough.wait()
        assert [record.levelname for record in caplog.records] == ["ERROR"]
        assert str(sqlite_file) in caplog.text
        assert catalogue.cameras() == (camera,)
        os.rename(away, sqlite_file)
        listener = Listener()
        catalogue.on_change(listener)
        with trio.fail_after(10):
            await catalogue.add("b")
            await listener.wait_called()
        assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]
        nursery.cancel_scope.cancel()


async def test_cancellation_does_not_wait_for_a_database_that_hangs(
    registry: Registry, catalogue: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = trio.lowlevel.current_trio_token()
    asked, answered = trio.Event(), trio.Event()
    cancelled = threading.Event()

    def hang() -> int:
        token.run_sync_soon(asked.set)
        in_time = cancelled.wait(5)
        token.run_sync_soon(answered.set)
        assert in_time
        return 1

    monkeypatch.setattr(registry, "revision", hang)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(catalogue.refresh)
        await asked.wait()
        nursery.cancel_scope.cancel()
    assert not answered.is_set()
    cancelled.set()
    await answered.wait()
