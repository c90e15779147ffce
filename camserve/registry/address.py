"""Where the database is: the URL that people write, taken apart."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from camserve.registry.errors import DatabaseUrlError

_FORMS = "expected sqlite:///FILE or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
_SQLITE = ("sqlite", "sqlite+pysqlite")
#: postgres and postgresql alone are what libpq and hosting services write.
_POSTGRESQL = ("postgres", "postgresql", "postgresql+psycopg")


@dataclass(frozen=True, slots=True)
class SqliteAddress:
    """A file; everything after sqlite:/// is its name, whatever characters it has."""

    file: Path  # absolute

    @property
    def shown(self) -> str:
        return str(self.file)


@dataclass(frozen=True, slots=True)
class PostgresqlAddress:
    """A database of a PostgreSQL server."""

    url: URL  # the driver name is always postgresql+psycopg

    @property
    def shown(self) -> str:
        """The address for people, without user, password and parameters."""
        host = self.url.host or _first(self.url, "host") or "localhost"
        port = self.url.port or _first(self.url, "port")
        name = self.url.database or _first(self.url, "dbname") or ""
        return f"{name} (PostgreSQL at {host}{f':{port}' if port else ''})".strip()

    @property
    def passwords(self) -> tuple[str, ...]:
        """What must never be shown."""
        found = (self.url.password, _first(self.url, "password"))
        return tuple(password for password in found if password)


Address = SqliteAddress | PostgresqlAddress


def parse_address(url: str) -> Address:
    """Take a database URL apart; the text of a URL is never quoted, it may hold a password.

    Raises: DatabaseUrlError: this is not a URL of a database that camserve can use.
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        raise DatabaseUrlError(f"the database URL has no scheme: {_FORMS}")
    if scheme in _SQLITE:
        if not rest.startswith("/") or rest in {"/", "/:memory:"}:
            raise DatabaseUrlError(f"the database URL names no file: {_FORMS}")
        return SqliteAddress(Path(rest[1:]).absolute())
    if scheme not in _POSTGRESQL:
        raise DatabaseUrlError(f'the database URL has the unknown scheme "{scheme}": {_FORMS}')
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlError(f"the database URL cannot be read: {_FORMS}") from error
    if "@" in (parsed.host or ""):
        # The rest of the password would be taken for the host, and shown.
        raise DatabaseUrlError(
            "the database URL has two @: write one that is in the password as %40"
        )
    return PostgresqlAddress(parsed.set(drivername="postgresql+psycopg"))


def _first(url: URL, parameter: str) -> str | None:
    value = url.query.get(parameter)
    return value if isinstance(value, str) or value is None else value[0]
