"""One-time codes. Whoever reads the database learns none: it has their SHA-256 only."""

import hashlib

from sqlalchemy import Connection, delete, insert

from camserve.registry import schema


def add(connection: Connection, code: str, expires_at: float) -> None:
    """Let this code be taken once, until `expires_at` in Unix seconds."""
    connection.execute(
        insert(schema.codes).values(
            {schema.code_sha256: _sha256(code), schema.expires_at: int(expires_at)}
        )
    )


def take(connection: Connection, code: str, now: float) -> bool:
    """Whether this code could be taken; of several who try at once, one can.

    now: Unix seconds; codes that are over by then go, too
    """
    # Deleting tells whether it was there. A look first would let two see the same row.
    connection.execute(delete(schema.codes).where(schema.expires_at <= int(now)))
    taken = connection.execute(delete(schema.codes).where(schema.code_sha256 == _sha256(code)))
    return taken.rowcount == 1


def _sha256(code: str) -> str:
    return hashlib.sha256(code.encode("utf-8", "surrogatepass")).hexdigest()
