"""Who may do what: passwords, tokens, sessions and links, and when they end.

`Trust.authenticate` is the one place that decides; the web only asks.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from .errors import ProofError, SlowDownError, WrongProofError
from .roles import MAX_LINK_SECONDS, STRANGER, Claim, Identity, Means, Role

if TYPE_CHECKING:
    from .password import InvalidPasswordError
    from .signing import Session, admin_code, link_token, local_token
    from .trust import Trust

__all__ = [
    "MAX_LINK_SECONDS",
    "STRANGER",
    "Claim",
    "Identity",
    "InvalidPasswordError",
    "Means",
    "ProofError",
    "Role",
    "Session",
    "SlowDownError",
    "Trust",
    "WrongProofError",
    "admin_code",
    "link_token",
    "local_token",
]


#: What needs more than the standard library, by its module: the command line goes without trio and
#: argon2, which take long to import, and a camera without the server's libraries.
_MODULES = {
    "InvalidPasswordError": "password",
    "Session": "signing",
    "Trust": "trust",
    "admin_code": "signing",
    "link_token": "signing",
    "local_token": "signing",
}


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
