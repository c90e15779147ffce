import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import event, text

from camserve.registry import Registry
from camserve.registry.address import parse_address
from camserve.registry.database import Database
from camserve.registry.engine import make_engine, open_sqlite
from tests.postgres import PostgresServer


@pytest.mark.parametrize(
    ("pragma", "expected"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),  # FULL
        ("busy_timeout", 5000),  # milliseconds
        ("foreign_keys", 1),
    ],
)
def test_every_sqlite_connection_is_set_up(
    sqlite_url: str, pragma: str, expected: str | int
) -> None:
    Registry.open(sqlite_url).close()
    database = Database.open(sqlite_url)
    with database.read() as connection:
        assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == expected
    database.close()


def test_a_file_name_may_have_any_characters(tmp_path: Path) -> None:
    file = tmp_path / "a b%20?mode=ro#.db"
    with Registry.open(f"sqlite:///{file}") as registry:
        registry.add("door")
    with closing(open_sqlite(file, "ro")) as connection:
        assert connection.execute("SELECT name FROM camserve_cameras").fetchall() == [("door",)]


def test_a_damaged_file_is_not_left_open(sqlite_file: Path, sqlite_url: str) -> None:
    Registry.open(sqlite_url).close()
    sqlite_file.write_bytes(sqlite_file.read_bytes()[:4096])
    with pytest.raises(sqlite3.DatabaseError):
        open_sqlite(sqlite_file, "rw")
    open_files = [os.path.realpath(link) for link in Path("/proc/self/fd").iterdir()]
    assert str(sqlite_file) not in open_files


def test_a_writer_takes_the_lock_before_it_reads(sqlite_file: Path, sqlite_url: str) -> None:
    database = Database.open(sqlite_url)
    with database.write(), closing(sqlite3.connect(sqlite_file, timeout=0)) as other:
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM camserve_cameras").fetchall() == [(0,)]
    database.close()


def test_postgresql_is_not_waited_for_without_end() -> None:
    engine = make_engine(parse_address("postgresql://db/cameras?connect_timeout=1"))
    arguments: dict[str, str] = {}

    @event.listens_for(engine, "do_connect")
    def refuse(dialect: object, entry: object, given: object, found: dict[str, str]) -> None:
        arguments.update(found)
        raise ConnectionRefusedError

    with pytest.raises(ConnectionRefusedError):
        engine.connect()
    assert arguments["connect_timeout"] == "1"
    assert arguments["tcp_user_timeout"] == "10000"


def test_a_postgresql_writer_waits_for_the_lock_as_long_as_a_sqlite_writer(
    postgres: PostgresServer,
) -> None:
    database = Database.open(postgres.new_database())
    with database.write() as connection:
        assert connection.execute(text("SHOW lock_timeout")).scalar_one() == "5s"
    database.close()
