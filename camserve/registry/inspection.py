"""Looks at a database before anything may change it: ours, new, damaged, foreign, or newer.

A database that cannot be used stays as it is, byte for byte.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, inspect, select, text
from sqlalchemy.pool import StaticPool

from camserve.registry import schema
from camserve.registry.address import Address, SqliteAddress
from camserve.registry.engine import open_sqlite
from camserve.registry.failures import damaged, foreign, newer
from camserve.registry.migrations import is_known

_SQLITE_HEADER = b"SQLite format 3\0"


def look(address: Address, engine: Engine) -> str | None:
    """The revision of the database's tables; None: it does not exist yet, or has no tables.

    Raises: DatabaseError: it cannot be used; or an error of the driver.
    """
    with _looking(address, engine) as connection:
        return None if connection is None else checked_revision(address, connection)


@contextmanager
def _looking(address: Address, engine: Engine) -> Iterator[Connection | None]:
    """A connection that changes nothing; None: there is no database yet."""
    if not isinstance(address, SqliteAddress):
        with engine.connect() as connection:
            yield connection
        return
    try:
        with address.file.open("rb") as file:
            start = file.read(len(_SQLITE_HEADER))
    except FileNotFoundError:
        start = b""
    if start == b"":  # a first start, or one that was killed
        yield None
        return
    # SQLite itself takes any file of less than 512 bytes for an empty database, and overwrites it.
    if start != _SQLITE_HEADER:
        raise damaged(address, "it is not an SQLite database")
    with closing(_open_unchanging(address)) as plain:
        plain.execute("BEGIN")  # one view for all questions, whatever another process does
        read_only = create_engine("sqlite://", creator=lambda: plain, poolclass=StaticPool)
        with read_only.connect() as connection:
            yield connection


def _open_unchanging(address: SqliteAddress) -> sqlite3.Connection:
    # Read-only, because the last connection that may write copies the WAL into the file at its
    # end. A half-done transaction of a killed process outside WAL mode can only be undone by a
    # connection that may write; that is the one change made to a database before it was checked.
    try:
        connection = open_sqlite(address.file, "ro")
        try:
            connection.execute("SELECT count(*) FROM sqlite_master")
        except BaseException:
            connection.close()
            raise
        return connection
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
            raise
        return open_sqlite(address.file, "rw")


def checked_revision(address: Address, connection: Connection) -> str | None:
    """The revision of a database that can be used, None when it has no tables of ours yet.

    Raises: DatabaseError: damaged, foreign, or newer than this camserve.
    """
    if isinstance(address, SqliteAddress):
        _check_file(address, connection)
    tables = set(inspect(connection).get_table_names())
    ours = {name for name in tables if name.startswith("camserve_")}
    if schema.VERSION_TABLE not in tables:
        if ours:
            raise damaged(address, f"the table {schema.VERSION_TABLE} is missing")
        if tables and isinstance(address, SqliteAddress):
            raise foreign(address)
        return None
    revisions = connection.execute(
        text(f"SELECT {schema.VERSION_COLUMN} FROM {schema.VERSION_TABLE}")
    ).all()
    if len(revisions) != 1:
        raise damaged(address, f"the table {schema.VERSION_TABLE} has {len(revisions)} rows")
    revision = str(revisions[0][0])
    if revision == schema.HEAD:
        _check_tables(address, connection)
    elif not is_known(revision):
        raise newer(address, revision)
    return revision


def _check_file(address: SqliteAddress, connection: Connection) -> None:
    finding = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar_one())
    if finding != "ok":
        raise damaged(address, finding.splitlines()[0])
    # SQLite reads what is missing of the last page as zeros. While there is a WAL, and it cannot
    # go during our transaction, the file may rightly be shorter.
    wal = address.file.with_name(f"{address.file.name}-wal")
    if _size(wal) == 0:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        expected = pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        if _size(address.file) < expected:
            raise damaged(address, f"it is shorter than {expected} bytes")


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _check_tables(address: Address, connection: Connection) -> None:
    # Naming every column makes the database complain about each that is missing.
    for table in (schema.cameras, schema.removed_cameras, schema.codes):
        connection.execute(select(table).limit(1)).all()
    if len(connection.execute(select(schema.revisions)).all()) != 1:
        raise damaged(address, f"the table {schema.revisions.name} is empty")
