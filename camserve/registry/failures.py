"""The border where errors of SQLAlchemy and the drivers become a DatabaseError of one line."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from camserve.registry.address import Address, PostgresqlAddress, SqliteAddress
from camserve.registry.errors import DatabaseError

_RESTORE = "restore it from a backup, or move it away to begin with an empty one"
#: What to do, by SQLite's primary result code (https://sqlite.org/rescode.html).
_SQLITE_ADVICE = {
    sqlite3.SQLITE_ERROR: f"it is not a database of camserve, or a damaged one; {_RESTORE}",
    sqlite3.SQLITE_CORRUPT: f"it is damaged; {_RESTORE}",
    sqlite3.SQLITE_NOTADB: f"it is damaged or not a database; {_RESTORE}",
    sqlite3.SQLITE_BUSY: "another program holds it locked; end that program or try again",
    sqlite3.SQLITE_LOCKED: "another program holds it locked; end that program or try again",
    sqlite3.SQLITE_READONLY: "make the file and its folder writable for this user",
    sqlite3.SQLITE_CANTOPEN: "make sure that it exists and this user may read and write it",
    sqlite3.SQLITE_PERM: "make the file and its folder writable for this user",
    sqlite3.SQLITE_FULL: "make room on its disk",
    sqlite3.SQLITE_IOERR: "the disk fails or is full; look at the system's log",
}
#: What to do, by the class of PostgreSQL's SQLSTATE (its manual, appendix A).
_POSTGRESQL_ADVICE = {
    "42": "it is not a database of camserve, or this user may not use its tables",
    "55": "another program holds it locked; end that program or try again",
}


@contextmanager
def translated(address: Address) -> Iterator[None]:
    """Whatever the database throws inside leaves as DatabaseError."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError, OverflowError) as error:
        raise DatabaseError(_message(address, error)) from error


def damaged(address: Address, finding: str) -> DatabaseError:
    return DatabaseError(f"the database {address.shown} is damaged: {finding}; {_RESTORE}")


def foreign(address: Address) -> DatabaseError:
    return DatabaseError(
        f"the database {address.shown} belongs to another program: name another file, "
        "and camserve will make it"
    )


def newer(address: Address, revision: str) -> DatabaseError:
    return DatabaseError(
        f"the database {address.shown} was made by a newer camserve (its revision {revision} is "
        "unknown here): install that version or a newer one"
    )


def _message(address: Address, error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
    lines = said.strip().splitlines() or [type(cause).__name__]
    text = lines[0].strip()
    match address:
        case SqliteAddress():
            if not address.file.parent.is_dir():
                advice = f"create the folder {address.file.parent} first"
            elif isinstance(cause, OSError):
                advice = _SQLITE_ADVICE[sqlite3.SQLITE_CANTOPEN]
            else:
                code = getattr(cause, "sqlite_errorcode", sqlite3.SQLITE_ERROR)
                advice = _SQLITE_ADVICE.get(code & 0xFF, _RESTORE)
        case PostgresqlAddress():
            state = getattr(cause, "sqlstate", None) or ""
            advice = _POSTGRESQL_ADVICE.get(
                state[:2], "check that its server runs and that the URL is right"
            )
            for password in address.passwords:
                text = text.replace(password, "***")
    return f"cannot use the database {address.shown}: {text}; {advice}"
