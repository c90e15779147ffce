"""The way from every older layout of the tables to the present one, run by Alembic.

Alembic is imported only when it is needed: opening a current database must not pay for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection

if TYPE_CHECKING:
    from alembic.config import Config


def is_known(revision: str) -> bool:
    """Whether this camserve has a way from this revision to its own."""
    from alembic.script import ScriptDirectory
    from alembic.util import CommandError

    try:
        ScriptDirectory.from_config(settings()).get_revision(revision)
    except CommandError:
        return False
    return True


def upgrade(connection: Connection) -> None:
    """Run what is missing, inside the transaction that the connection is in."""
    from alembic import command

    config = settings()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def settings() -> "Config":
    """Alembic's settings: where the scripts are."""
    from alembic.config import Config

    config = Config()
    folder = str(Path(__file__).parent)
    config.set_main_option("script_location", folder.replace("%", "%%"))  # ConfigParser's escape
    return config
