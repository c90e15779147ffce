"""The older camera server's database: read, never written.

Its one table, in PostgreSQL: `camera (id INT PRIMARY KEY, name VARCHAR UNIQUE NOT NULL, description
VARCHAR, token VARCHAR NOT NULL, last_active TIMESTAMP NOT NULL)`.
"""

from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from camserve.registry.address import PostgresqlAddress, parse_address
from camserve.registry.engine import LOCK_TIMEOUT, make_engine
from camserve.registry.errors import DatabaseError, DatabaseUrlError

_EXPECTED = "expected postgresql://USER:PASSWORD@HOST/NAME"
_CAMERAS = "SELECT id, name, description, token FROM camera ORDER BY id"
_UNDEFINED_COLUMN = "42703"
#: What to do, by PostgreSQL's SQLSTATE or its class (its manual, appendix A).
_ADVICE = {
    "42P01": "is it the old server's database? It has no table that is called camera",
    _UNDEFINED_COLUMN: "is it the old server's database? Its table camera is another one",
    "42501": "this user may not read the table camera",
    "22": "mend that text there first",
    "55": "another program holds the table locked; end that program or try again",
}


@dataclass(frozen=True, slots=True)
class OldCamera:
    """A row as it is; nothing of it is checked yet.

    token: in clear text; left out where this object is shown
    """

    id: int
    name: str
    description: str
    token: str = field(repr=False)


def read_old_cameras(url: str) -> list[OldCamera]:
    """All cameras of an old server, by id; what is null there is empty here.

    Raises:
        DatabaseUrlError: this is no URL of such a database.
        DatabaseError: it cannot be read. Never with the password.
    """
    address = _address(url)
    engine = make_engine(address)
    try:
        with engine.connect().execution_options(postgresql_readonly=True) as connection:
            connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'"))
            rows = connection.execute(text(_CAMERAS)).all()
    except (SQLAlchemyError, OSError) as error:
        raise DatabaseError(_message(address, error)) from error
    finally:
        engine.dispose()
    return [_camera(address, *row) for row in rows]


def _camera(address: PostgresqlAddress, camera_id: object, *texts: object) -> OldCamera:
    name, description, token = ("" if one is None else one for one in texts)
    match camera_id, name, description, token:
        case int(), str(), str(), str():
            return OldCamera(camera_id, name, description, token)
    raise DatabaseError(
        f"cannot read the old server's database {address.shown}: {_ADVICE[_UNDEFINED_COLUMN]}"
    )


def _address(url: str) -> PostgresqlAddress:
    try:
        address = parse_address(url)
    except DatabaseUrlError as error:
        # Its own words speak of SQLite too, where the old server never kept its cameras.
        problem = str(error).partition(": expected")[0]
        raise DatabaseUrlError(f"{problem}: {_EXPECTED}") from error
    if not isinstance(address, PostgresqlAddress):
        raise DatabaseUrlError(f"the old server's cameras are in PostgreSQL: {_EXPECTED}")
    # A database of SQL_ASCII, which has no encoding, would hand out bytes.
    return PostgresqlAddress(address.url.update_query_dict({"client_encoding": "utf8"}))


def _message(address: PostgresqlAddress, error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    said = (str(cause).strip().splitlines() or [type(cause).__name__])[0]
    state = getattr(cause, "sqlstate", None) or ""
    unreachable = "check that its server runs and that the URL is right"
    advice = _ADVICE.get(state) or _ADVICE.get(state[:2]) or unreachable
    for password in address.passwords:
        said = said.replace(password, "***")
    return f"cannot read the old server's database {address.shown}: {said}; {advice}"
