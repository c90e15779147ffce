"""The first tables: cameras, the ids of removed ones, the revision."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    op.create_table(
        "camserve_cameras",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(100), nullable=False, unique=True),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("movable", sa.Boolean, nullable=False),
        sa.Column("allow_open_upload", sa.Boolean, nullable=False),
        sa.Column("token_generation", sa.Integer, nullable=False),
        sa.Column("imported_token_sha256", sa.String(64), nullable=True),
    )
    op.create_table(
        "camserve_removed_cameras",
        sa.Column("camera_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("last_generation", sa.Integer, nullable=False),
    )
    revisions = op.create_table(
        "camserve_revision",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.BigInteger, nullable=False),
        sa.CheckConstraint("id = 1", name="camserve_revision_is_one_row"),
    )
    # It begins at the present millisecond: so a database that takes the place of another one
    # under a running server never has, by chance, the revision that the server knows.
    op.bulk_insert(revisions, [{"id": 1, "revision": time.time_ns() // 1_000_000}])
