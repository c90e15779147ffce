"""The open database: transactions that end as they should, errors that a person understands."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from camserve.registry.address import Address, parse_address
from camserve.registry.engine import WRITES, make_engine
from camserve.registry.failures import translated
from camserve.registry.migration import prepare


class Database:
    """A SQLite file or a PostgreSQL database with the tables of `schema`, created and migrated.

    Threads may share it: they take turns on its one connection.
    """

    def __init__(self, address: Address, engine: Engine) -> None:
        self._address = address
        self._engine = engine

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
        with translated(self._address), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction, on the disk when the block ends, undone when it raises."""
        with (
            translated(self._address),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        self._engine.dispose()
