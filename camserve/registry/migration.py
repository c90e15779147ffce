"""Creates the tables of a new database and changes those of an older one.

The migrations run in one transaction under a lock: of two processes that start at once one waits
for the other, and a kill at any moment leaves the old layout or the new one.
"""

import sqlite3
import time
from contextlib import closing

from sqlalchemy import Engine, text

from camserve.registry import schema
from camserve.registry.address import Address, SqliteAddress
from camserve.registry.engine import LOCK_TIMEOUT, WRITES, open_sqlite
from camserve.registry.inspection import checked_revision, look
from camserve.registry.migrations import upgrade

#: Key of the PostgreSQL advisory lock: "camserve" in ASCII.
_ADVISORY_LOCK = int.from_bytes(b"camserve", "big")


def prepare(address: Address, engine: Engine) -> None:
    """Look at the database, then create or migrate it if need be.

    Raises: DatabaseError: it cannot be used, and was not changed; or an error of the driver.
    """
    revision = look(address, engine)
    if isinstance(address, SqliteAddress):
        with closing(open_sqlite(address.file, "rwc")) as plain:
            _use_wal(plain)
    if revision == schema.HEAD:
        return
    with engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})"))
        # Between the look and the lock another process may have been here.
        if checked_revision(address, connection) != schema.HEAD:
            upgrade(connection)


def _use_wal(connection: sqlite3.Connection) -> None:
    # Readers then never wait for writers. The change needs the file for itself, and SQLite does
    # not wait for that by itself when another process is just doing the same.
    deadline = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return
