"""What may happen to a SQLite file while it is open."""

import shutil
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest

from camserve.registry import DatabaseError, Registry
from camserve.registry.database import Database
from camserve.registry.engine import LOCK_TIMEOUT


def test_a_locked_file_is_one_line(
    sqlite_file: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.registry.engine.LOCK_TIMEOUT", 0)
    with (
        Registry.open(sqlite_url) as registry,
        closing(sqlite3.connect(sqlite_file, isolation_level=None)) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseError, match=rf"{sqlite_file}: .* is locked; another program"):
            registry.add("a")
        assert registry.cameras() == []
        other.execute("ROLLBACK")
        registry.add("a")


def test_others_on_the_machine_read_none_of_it(
    tmp_path: Path, sqlite_file: Path, sqlite_url: str
) -> None:
    tmp_path.chmod(0o755)  # a folder that was there before, in a home that is open
    with Registry.open(sqlite_url) as registry:
        registry.add("a")
        modes = {file.name: file.stat().st_mode & 0o077 for file in tmp_path.iterdir()}
    assert set(modes.values()) == {0}, modes
    sqlite_file.chmod(0o640)  # for a group that makes backups, say
    with Registry.open(sqlite_url) as registry:
        registry.add("b")
    assert sqlite_file.stat().st_mode & 0o777 == 0o640


def test_a_deleted_file_is_an_error_and_a_replaced_one_is_taken(
    tmp_path: Path, sqlite_file: Path, sqlite_url: str
) -> None:
    with Registry.open(f"sqlite:///{tmp_path}/backup.db") as backup:
        backup.add("from the backup")
    with Registry.open(sqlite_url) as registry:
        registry.add("a")
        revision = registry.revision()
        sqlite_file.unlink()
        with pytest.raises(DatabaseError, match=rf"{sqlite_file}: .* make sure that it exists"):
            registry.cameras()
        assert not sqlite_file.exists()
        (tmp_path / "backup.db").rename(sqlite_file)
        assert [camera.name for camera in registry.cameras()] == ["from the backup"]
        assert registry.revision() != revision


def test_damage_that_comes_later_is_one_line(sqlite_file: Path, sqlite_url: str) -> None:
    with Registry.open(sqlite_url) as registry:
        registry.add("a")
        garbage = sqlite_file.with_name("garbage")
        garbage.write_bytes(b"g" * 8192)
        garbage.rename(sqlite_file)
        with pytest.raises(DatabaseError, match=r"not a database; it is damaged or not a [^\n]*$"):
            registry.cameras()


def test_a_copy_of_the_file_alone_is_a_backup(
    tmp_path: Path, sqlite_file: Path, sqlite_url: str
) -> None:
    copy = tmp_path / "copy.db"
    with Registry.open(sqlite_url) as registry:
        registry.add("a")
        shutil.copy(sqlite_file, copy)
    with Registry.open(f"sqlite:///{copy}") as registry:
        assert [camera.name for camera in registry.cameras()] == ["a"]


def test_a_reader_delays_no_writer(sqlite_file: Path, sqlite_url: str) -> None:
    with (
        Registry.open(sqlite_url) as registry,
        closing(sqlite3.connect(sqlite_file, isolation_level=None)) as reader,
    ):
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM camserve_cameras").fetchone() == (0,)
        began = time.monotonic()
        registry.add("a")
        assert time.monotonic() - began < LOCK_TIMEOUT
        assert reader.execute("SELECT count(*) FROM camserve_cameras").fetchone() == (0,)
        assert wal(sqlite_file).stat().st_size > 0


def wal(file: Path) -> Path:
    """The file that is beside the database as long as it is open."""
    return file.with_name(f"{file.name}-wal")


def test_closing_leaves_one_file(sqlite_file: Path, sqlite_url: str) -> None:
    registry = Registry.open(sqlite_url)
    registry.cameras()
    assert wal(sqlite_file).exists()
    registry.close()
    assert list(sqlite_file.parent.iterdir()) == [sqlite_file]
    with pytest.raises(DatabaseError, match="is closed"):
        registry.cameras()


def test_a_thread_that_hangs_with_the_connection_closes_it_when_it_comes_back(
    sqlite_file: Path, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.registry.database.CLOSE_TIMEOUT", 0)
    monkeypatch.setattr("camserve.registry.database.TURN_TIMEOUT", 0)
    database = Database.open(sqlite_url)
    hanging, come_back = threading.Event(), threading.Event()

    def hang() -> None:
        with database.read():
            hanging.set()
            come_back.wait(10)

    thread = threading.Thread(target=hang)
    thread.start()
    assert hanging.wait(10)
    with pytest.raises(DatabaseError, match="does not answer"), database.read():
        pass
    database.close()
    assert wal(sqlite_file).exists()
    come_back.set()
    thread.join()
    assert not wal(sqlite_file).exists()
