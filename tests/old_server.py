"""The older server's database, as it is out there."""

from collections.abc import Iterable

from sqlalchemy import create_engine, text

from tests.postgres import PostgresServer

TABLE = """
CREATE TABLE camera (
    id INT PRIMARY KEY,
    "name" VARCHAR UNIQUE NOT NULL,
    "description" VARCHAR,
    token VARCHAR NOT NULL,
    last_active TIMESTAMP NOT NULL DEFAULT NOW()
)
"""
ROW = "INSERT INTO camera (id, name, description, token) VALUES (:id, :name, :description, :token)"

#: id, name, description, token
Row = tuple[int, str, str | None, str]


def old_database(postgres: PostgresServer, rows: Iterable[Row] = ()) -> str:
    """The URL of a new database with the old table and these rows."""
    url = postgres.new_database()
    execute(url, TABLE)
    for row in rows:
        execute(url, ROW, dict(zip(("id", "name", "description", "token"), row, strict=True)))
    return url


def execute(url: str, statement: str, values: dict[str, object] | None = None) -> None:
    """Change the database as its owner."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement), values or {})
    engine.dispose()
