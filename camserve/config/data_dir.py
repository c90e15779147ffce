"""Where the server keeps what it has to keep."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .settings import Config


class DataDirError(Exception):
    """The data directory cannot be used; the message is one line that says why."""


def default_data_dir() -> Path:
    """The platform's place for a program's data, e.g. `~/.local/share/camserve`."""
    # Imported here: the bare installation, which only publishes, goes without platformdirs.
    import platformdirs

    return Path(platformdirs.user_data_dir("camserve", appauthor=False))


def make_data_dir(config: "Config") -> None:
    """Make the data directory, for its owner only, unless it is there; check that it is writable.

    Raises: DataDirError.
    """
    directory = config.data_dir
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Tried, not asked: os.access() does not know of every reason (a full or read-only disk).
        probe = directory / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or error
        raise DataDirError(f"the data directory {directory} cannot be used: {reason}") from error
