"""A database that cannot be used is refused in one line, and stays as it is."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from camserve.registry import DatabaseError, Registry


def make(url: str, cameras: int = 1) -> None:
    with Registry.open(url) as registry:
        for number in range(cameras):
            registry.add(f"camera {number}", description="x" * 500)


def execute(url: str, *statements: str) -> None:
    engine = create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def assert_refused(file: Path, finding: str) -> None:
    before = file.read_bytes()
    with pytest.raises(DatabaseError, match=f"{re.escape(str(file))}[: ].*{finding}") as caught:
        Registry.open(f"sqlite:///{file}")
    assert "\n" not in str(caught.value)
    assert file.read_bytes() == before


@pytest.mark.parametrize("size", [1, 100, 511, 512, 4096, 100_000])
def test_garbage_is_refused(sqlite_file: Path, size: int) -> None:
    sqlite_file.write_bytes(b"g" * size)
    assert_refused(sqlite_file, "is damaged: it is not an SQLite database; restore it .* move it")


@pytest.mark.parametrize("size", [15, 16, 100, 511, 512, 4095, 4096, 5000, -4096, -100, -1])
def test_a_truncated_database_is_refused(sqlite_file: Path, sqlite_url: str, size: int) -> None:
    make(sqlite_url, cameras=20)
    whole = sqlite_file.read_bytes()
    assert len(whole) > 5000 + 4096
    sqlite_file.write_bytes(whole[:size])
    assert_refused(sqlite_file, "damaged.*; restore it .* move it")


@pytest.mark.parametrize("page", range(1, 6))
def test_a_database_with_a_spoilt_page_is_refused(
    sqlite_file: Path, sqlite_url: str, page: int
) -> None:
    make(sqlite_url, cameras=20)
    spoilt = bytearray(sqlite_file.read_bytes())
    spoilt[page * 4096 : page * 4096 + 200] = b"\xff" * 200
    sqlite_file.write_bytes(spoilt)
    assert_refused(sqlite_file, "damaged.*; restore it .* move it")


def test_a_spoilt_index_is_refused(sqlite_file: Path, sqlite_url: str) -> None:
    make(sqlite_url, cameras=3)
    # In the table a name is followed by its description, in the index it is not.
    spoilt, count = re.subn(rb"camera 1(?!x)", b"camera 9", sqlite_file.read_bytes())
    assert count == 1
    sqlite_file.write_bytes(spoilt)
    assert_refused(sqlite_file, "damaged.*; restore it .* move it")


def test_an_empty_file_is_a_first_start_that_was_killed(sqlite_file: Path, sqlite_url: str) -> None:
    sqlite_file.touch()
    make(sqlite_url)


def test_another_programs_database_is_refused(sqlite_file: Path) -> None:
    with closing(sqlite3.connect(sqlite_file)) as connection:
        connection.execute("CREATE TABLE cameras (id)")
    assert_refused(sqlite_file, "belongs to another program: name another file")


TABLES = ["camserve_cameras", "camserve_removed_cameras", "camserve_revision", "camserve_schema"]


@pytest.mark.parametrize("table", TABLES)
def test_a_missing_table_is_refused(url: str, table: str) -> None:
    make(url)
    execute(url, f"DROP TABLE {table}")
    with pytest.raises(DatabaseError, match=rf"^[^\n]*{table}[^\n]*$"):
        Registry.open(url)


@pytest.mark.parametrize("table", TABLES[2:])
def test_an_empty_table_that_needs_a_row_is_refused(url: str, table: str) -> None:
    make(url)
    execute(url, f"DELETE FROM {table}")
    with pytest.raises(DatabaseError, match=rf"^[^\n]* is damaged: the table {table}[^\n]*$"):
        Registry.open(url)


def test_a_missing_column_is_refused(url: str) -> None:
    make(url)
    execute(url, "ALTER TABLE camserve_cameras DROP COLUMN movable")
    with pytest.raises(DatabaseError, match=r"^[^\n]*movable[^\n]*not a database of camserve"):
        Registry.open(url)


@pytest.mark.parametrize("statement", ["DROP TABLE camserve_cameras", "DROP TABLE camserve_schema"])
def test_a_sqlite_file_with_missing_tables_stays_as_it_is(
    sqlite_file: Path, sqlite_url: str, statement: str
) -> None:
    make(sqlite_url)
    execute(sqlite_url, statement)
    assert_refused(sqlite_file, "; restore it .* move it")


NEWER = "UPDATE camserve_schema SET version_num = '9999'"


def test_a_database_of_a_newer_camserve_is_refused(url: str) -> None:
    make(url)
    execute(url, NEWER)
    with pytest.raises(
        DatabaseError, match=r"^[^\n]*made by a newer camserve[^\n]*9999[^\n]*install[^\n]*$"
    ):
        Registry.open(url)


def test_a_newer_sqlite_file_stays_as_it_is_even_after_a_kill(
    sqlite_file: Path, sqlite_url: str
) -> None:
    make(sqlite_url)
    wal = Path(f"{sqlite_file}-wal")
    code = (
        "import os, signal, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        f'connection.execute("{NEWER}")\n'
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, sqlite_file])
    assert killed.returncode == -signal.SIGKILL
    not_yet_in_the_file = wal.read_bytes()
    assert not_yet_in_the_file
    assert_refused(sqlite_file, "newer camserve")
    assert wal.read_bytes() == not_yet_in_the_file


def test_a_transaction_that_a_kill_left_half_done_is_undone(
    sqlite_file: Path, sqlite_url: str
) -> None:
    make(sqlite_url)
    code = (
        "import os, signal, sqlite3, sys\n"
        "connection = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "for s in ('journal_mode = DELETE', 'cache_size = 1', 'cache_spill = 1'):\n"
        "    connection.execute(f'PRAGMA {s}')\n"
        "connection.execute('BEGIN')\n"
        "connection.execute('CREATE TABLE other (x)')\n"
        "for _ in range(100):\n"
        "    connection.execute('INSERT INTO other VALUES (?)', ('x' * 5000,))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", code, sqlite_file])
    assert killed.returncode == -signal.SIGKILL
    assert Path(f"{sqlite_file}-journal").stat().st_size > 0
    with Registry.open(sqlite_url) as registry:
        assert [camera.name for camera in registry.cameras()] == ["camera 0"]
    with closing(sqlite3.connect(sqlite_file)) as connection:
        found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'other'").fetchall()
        assert found == []


def test_a_folder_in_the_place_of_the_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match=rf"{tmp_path}: Is a directory; make sure [^\n]*$"):
        Registry.open(f"sqlite:///{tmp_path}")


def test_a_missing_folder_is_one_line_and_not_made(tmp_path: Path) -> None:
    folder = tmp_path / "nowhere"
    with pytest.raises(DatabaseError, match=rf"create the folder {folder} first$"):
        Registry.open(f"sqlite:///{folder}/cameras.db")
    assert not os.path.lexists(folder)
