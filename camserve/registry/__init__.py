"""Who the cameras are: their database, their tokens, and the running server's copy of them.

`Registry` is the database, with plain blocking methods, for the command line and for threads.
`Catalogue` is what a running server reads: in memory, refreshed from a Registry. Tokens are
computed and never stored (`Tokens`, `load_secret`). `read_old_cameras` reads what an old server
has.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from camserve.registry.camera import Camera
from camserve.registry.errors import (
    DatabaseError,
    IdTakenError,
    InvalidCameraError,
    NameTakenError,
    RegistryError,
    SecretError,
    UnknownCameraError,
)
from camserve.registry.secret import load_secret
from camserve.registry.tokens import Tokens

if TYPE_CHECKING:
    from camserve.registry.cameras import Registry
    from camserve.registry.catalogue import Catalogue
    from camserve.registry.importing import Import, Outcome
    from camserve.registry.old_server import OldCamera, read_old_cameras

__all__ = [
    "Camera",
    "Catalogue",
    "DatabaseError",
    "IdTakenError",
    "Import",
    "InvalidCameraError",
    "NameTakenError",
    "OldCamera",
    "Outcome",
    "Registry",
    "RegistryError",
    "SecretError",
    "Tokens",
    "UnknownCameraError",
    "load_secret",
    "read_old_cameras",
]


#: What takes a while to import, and its module: SQLAlchemy and Trio take a quarter of a second
#: each, much longer on a Pi. `camserve --help` and a usage error must not pay for them.
_MODULES = {
    "Catalogue": "catalogue",
    "Import": "importing",
    "OldCamera": "old_server",
    "Outcome": "importing",
    "Registry": "cameras",
    "read_old_cameras": "old_server",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
