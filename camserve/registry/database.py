"""The open database: transactions that end as they should, errors that a person understands."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from camserve.registry.address import Address, parse_address
from camserve.registry.engine import LOCK_TIMEOUT, WRITES, empty_wal, make_engine
from camserve.registry.errors import DatabaseError
from camserve.registry.failures import translated
from camserve.registry.migration import prepare

#: seconds that a thread waits for its turn on the one connection
TURN_TIMEOUT = 2 * LOCK_TIMEOUT
#: seconds that `close` waits for a thread that is still asking
CLOSE_TIMEOUT = 1


class Database:
    """A SQLite file or a PostgreSQL database with the tables of `schema`, created and migrated.

    Threads may share it: they take turns on its one connection.
    """

    def __init__(self, address: Address, engine: Engine) -> None:
        self._address = address
        self._engine = engine
        self._turn = threading.Lock()
        self._closed = False

    @classmethod
    def open(cls, url: str) -> "Database":
        """Open, and create or migrate as needed; the folder of a SQLite file must exist.

        Raises: DatabaseError: it cannot be used, and was not changed.
        """
        address = parse_address(url)
        engine = make_engine(address)
        try:
            with translated(address):
                prepare(address, engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(address, engine)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view of the database (on PostgreSQL: per statement)."""
        with self._in_turn(), translated(self._address), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, on the disk when the block ends, undone when it raises."""
        with self._in_turn(), translated(self._address), self._engine.connect() as connection:
            with connection.execution_options(**{WRITES: True}).begin():
                yield connection
            driver = connection.connection.driver_connection
            if isinstance(driver, sqlite3.Connection):
                empty_wal(driver)

    def close(self) -> None:
        """Close the connection: now, or when a thread that hangs with it comes back."""
        self._closed = True
        if self._turn.acquire(timeout=CLOSE_TIMEOUT):
            self._engine.dispose()
            self._turn.release()

    @contextmanager
    def _in_turn(self) -> Iterator[None]:
        if not self._turn.acquire(timeout=TURN_TIMEOUT):
            raise DatabaseError(
                f"the database {self._address.shown} does not answer; "
                "look whether its disk or its server still works"
            )
        try:
            if self._closed:
                raise DatabaseError(f"the database {self._address.shown} is closed; open it again")
            yield
        finally:
            if self._closed:
                self._engine.dispose()
            self._turn.release()
