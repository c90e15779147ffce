"""The server's settings: what there are, and where they come from."""

from .data_dir import DataDirError, default_data_dir, make_data_dir
from .loading import PREFIX, load_config
from .settings import DATABASE_FILE, Config

__all__ = [
    "DATABASE_FILE",
    "PREFIX",
    "Config",
    "DataDirError",
    "default_data_dir",
    "load_config",
    "make_data_dir",
]
