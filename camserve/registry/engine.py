"""Connections: how camserve sets up each of the two databases that it works with."""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Literal

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from camserve.registry.address import Address, PostgresqlAddress, SqliteAddress
from camserve.registry.errors import DatabaseError

#: seconds that a writer waits for another one, in any process
LOCK_TIMEOUT = 5
#: Execution option of a connection that is going to write: takes the write lock at once.
WRITES = "camserve_writes"

#: libpq's settings (its manual, 34.1.2). Without them a server that vanishes from the network
#: would hold a thread for many minutes. Milliseconds for tcp_user_timeout, else seconds.
_LIBPQ = {
    "connect_timeout": "5",
    "tcp_user_timeout": "10000",
    "keepalives_idle": "10",
    "keepalives_interval": "5",
    "keepalives_count": "2",
    "application_name": "camserve",
}


def make_engine(address: Address) -> Engine:
    """An engine with one connection, which is kept; nothing is opened yet.

    One, because the catalogue asks twice a second: with none kept, SQLite would create and delete
    its WAL files on the memory card at each question.

    Raises: DatabaseError: the driver is not installed.
    """
    match address:
        case SqliteAddress():
            return _sqlite_engine(address.file)
        case PostgresqlAddress():
            return _postgresql_engine(address)


def open_sqlite(file: Path, mode: Literal["ro", "rw", "rwc"]) -> sqlite3.Connection:
    """A plain connection without implicit transactions; only rwc makes a missing file.

    What it makes is for its owner only, whatever the folder is; SQLite does so with the files
    beside it.
    """
    if mode == "rwc":
        with suppress(OSError):  # it is there already; or SQLite says what is wrong
            os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode={mode}",
        uri=True,
        timeout=LOCK_TIMEOUT,
        isolation_level=None,
        check_same_thread=False,  # the pool hands it to one thread at a time
    )
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        # In WAL mode less than FULL may lose the last transactions when the power fails.
        connection.execute("PRAGMA synchronous = FULL")
    except BaseException:
        connection.close()
        raise
    return connection


def empty_wal(connection: sqlite3.Connection) -> None:
    """Move what was written into the main file, unless somebody is reading just now.

    Then that file alone is the database, as people think who copy it for a backup or put a backup
    in its place: with a WAL of another file beside it SQLite would mix the two.
    """
    # A failure changes nothing: what was written is on the disk, in the WAL.
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute(f"PRAGMA busy_timeout = {LOCK_TIMEOUT * 1000}")


def _sqlite_engine(file: Path) -> Engine:
    engine = create_engine(
        "sqlite://",
        # rw: a file that somebody deleted must be an error, not silently a new, empty one.
        creator=lambda: open_sqlite(file, "rw"),
        poolclass=QueuePool,
        pool_size=1,
        max_overflow=0,
    )

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # sqlite3 begins no transaction by itself here. IMMEDIATE: a transaction that reads before
        # it writes could otherwise fail without waiting for the other writer.
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    @event.listens_for(engine, "connect")
    def remember_file(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
        entry.info["file"] = _identity(file)

    @event.listens_for(engine, "checkout")
    def same_file(connection: DBAPIConnection, entry: ConnectionPoolEntry, proxy: object) -> None:
        # SQLite would go on with a file that was deleted or replaced, and nobody else see it.
        if entry.info["file"] != _identity(file):
            raise DisconnectionError(f"{file} was replaced")

    return engine


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(file)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _postgresql_engine(address: PostgresqlAddress) -> Engine:
    url = address.url
    settings = {name: value for name, value in _LIBPQ.items() if name not in url.query}
    try:
        engine = create_engine(
            url,
            connect_args=settings,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=0,
            pool_pre_ping=True,  # so that a restart of PostgreSQL is not seen as a failure
        )
    except ImportError as error:
        raise DatabaseError(
            f"the database {address.shown} needs the package psycopg: "
            "pip install 'camserve[postgresql]'"
        ) from error

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(WRITES, False):
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'"))

    return engine
