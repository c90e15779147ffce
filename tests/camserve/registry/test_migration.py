"""Processes that meet while the tables are made; see test_database.py for real ones."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from camserve.registry import DatabaseError, Registry


def test_a_process_that_holds_the_new_file_is_waited_for(
    sqlite_file: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.registry.engine.LOCK_TIMEOUT", 0)
    waits: list[float] = []
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            other.execute("ROLLBACK")

        monkeypatch.setattr("camserve.registry.migration.time.sleep", sleep)
        Registry.open(sqlite_url).close()
    assert len(waits) == 1


def test_a_process_that_never_lets_go_is_one_line(
    sqlite_file: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("engine", "migration"):
        monkeypatch.setattr(f"camserve.registry.{module}.LOCK_TIMEOUT", 0)
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match=r"is locked; another program[^\n]*$"):
            Registry.open(sqlite_url)


def test_a_newer_process_that_was_faster_is_noticed_under_the_lock(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    Registry.open(url).close()
    with create_engine(url, poolclass=NullPool).begin() as connection:
        connection.execute(text("UPDATE camserve_schema SET version_num = '9999'"))
    # As if the other process had come between the look and the lock.
    monkeypatch.setattr("camserve.registry.migration.look", lambda address, engine: None)
    with pytest.raises(DatabaseError, match=r"made by a newer camserve[^\n]*$"):
        Registry.open(url)
