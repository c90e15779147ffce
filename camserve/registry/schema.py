"""The tables as this version of camserve knows them; `migrations/` leads there from older ones.

The names begin with camserve_ because a PostgreSQL database may be shared with other programs.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

#: The newest revision in migrations/versions. Kept here so that opening a current database need
#: not import Alembic, which takes half a second, and more on a Pi.
HEAD = "0002"
#: Where Alembic keeps the revision of a database.
VERSION_TABLE = "camserve_schema"
VERSION_COLUMN = "version_num"

metadata = MetaData()


# Columns are names of the module, and not looked up as `table.c.name`, because only so mypy
# knows their types.

# Not given by the database: PostgreSQL's sequences do not see ids that people choose.
camera_id = Column("id", Integer, primary_key=True, autoincrement=False)
name = Column("name", String(100), nullable=False, unique=True)
description = Column("description", Text, nullable=False)
movable = Column("movable", Boolean, nullable=False)
allow_open_upload = Column("allow_open_upload", Boolean, nullable=False)
token_generation = Column("token_generation", Integer, nullable=False)
imported_token_sha256: Column[str | None] = Column("imported_token_sha256", String(64))
#: One row per camera.
cameras: Table = Table(
    "camserve_cameras",
    metadata,
    camera_id,
    name,
    description,
    movable,
    allow_open_upload,
    token_generation,
    imported_token_sha256,
)

removed_id = Column("camera_id", Integer, primary_key=True, autoincrement=False)
last_generation = Column("last_generation", Integer, nullable=False)
#: One row per id that a camera had once: never given again by itself, its old tokens stay dead.
removed_cameras: Table = Table("camserve_removed_cameras", metadata, removed_id, last_generation)

row_id = Column("id", Integer, primary_key=True, autoincrement=False)
revision = Column("revision", BigInteger, nullable=False)
#: One row in all. Writers update it first, so it is also the lock that puts them in a row.
revisions: Table = Table(
    "camserve_revision",
    metadata,
    row_id,
    revision,
    CheckConstraint("id = 1", name="camserve_revision_is_one_row"),
)

code_sha256 = Column("code_sha256", String(64), primary_key=True)
expires_at = Column("expires_at", BigInteger, nullable=False)
#: One row per one-time code that was not used yet: its SHA-256 (64 lowercase hex digits), and until
#: when it counts, in Unix seconds.
codes: Table = Table("camserve_codes", metadata, code_sha256, expires_at)
