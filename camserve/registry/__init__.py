"""Who the cameras are: their database, their tokens, and the running server's copy of them.

`Registry` is the database, with plain blocking methods, for the command line and for threads.
`Catalogue` is what a running server reads: in memory, refreshed from a Registry. Tokens are
computed and never stored (`Tokens`, `load_secret`).
"""

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

__all__ = [
    "Camera",
    "Catalogue",
    "DatabaseError",
    "IdTakenError",
    "InvalidCameraError",
    "NameTakenError",
    "Registry",
    "RegistryError",
    "SecretError",
    "Tokens",
    "UnknownCameraError",
    "load_secret",
]


def __getattr__(name: str) -> object:
    # SQLAlchemy and Trio take a quarter of a second each to import, much longer on a Pi:
    # `camserve --help` and a usage error must not pay for what they do not use.
    if name == "Registry":
        from camserve.registry.cameras import Registry

        return Registry
    if name == "Catalogue":
        from camserve.registry.catalogue import Catalogue

        return Catalogue
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
