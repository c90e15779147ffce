"""What the server hands out and believes later: signed with keys that come from its secret.

All of it consists of letters, digits, `.`, `_`, `~` and `-` only: it stands in a URL as it is.
"""

import hashlib
import json
import secrets
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from .roles import Identity, Means, Role

MAX_SIGNED = 1024  # characters; ours are shorter
CODE_BYTES = 16  # of a one-time code; nobody guesses 128 bits


@dataclass(frozen=True, slots=True)
class Session:
    """The cookie of a session: its value, and how many seconds the browser keeps it."""

    value: str
    max_age: int


@dataclass(frozen=True, slots=True)
class Link:
    """What a link's token says: this camera, in this generation of its token, until then."""

    camera: int
    generation: int
    expires_at: float  # Unix seconds


class Signatures:
    """Signs, and reads what was signed, be its time over or not.

    Each kind has a key of its own, so none is ever taken for another. What is signed keeps its
    meaning: when its form changes, so does the number at the end of the kind.
    """

    def __init__(self, secret: bytes) -> None:
        # A salt becomes a message under the secret (HMAC). Camera tokens are such messages too,
        # and begin with `camserve:`; these must not.
        self._link = _signer(secret, b"link.1")
        self._session = _signer(secret, b"session.1")
        self._code = _signer(secret, b"code.1")
        self._local = _signer(secret, b"local.1")

    def link(self, camera_id: int, generation: int, expires_at: float) -> str:
        return _sign(self._link, f"{camera_id}.{generation}.{int(expires_at)}")

    def read_link(self, token: str) -> Link | None:
        """None: it is none of ours."""
        said = _unsign(self._link, token)
        if said is None:
            return None
        camera, generation, expires_at = map(int, said.split("."))
        return Link(camera, generation, float(expires_at))

    def session(self, identity: Identity, expires_at: float) -> str:
        said = [identity.role.value, identity.camera, identity.basis, int(expires_at)]
        text = json.dumps(said, separators=(",", ":")).encode("ascii")
        return _sign(self._session, base64_encode(text).decode("ascii"))

    def read_session(self, value: str) -> Identity | None:
        """None: it is none of ours."""
        said = _unsign(self._session, value)
        if said is None:
            return None
        role, camera, basis, expires_at = json.loads(base64_decode(said))
        return Identity(Role(role), Means.SESSION, camera, basis, float(expires_at))

    def code(self) -> str:
        """A new code for a link that logs an admin in; it counts once it is in the registry."""
        return _sign(self._code, secrets.token_urlsafe(CODE_BYTES))

    def is_code(self, code: str) -> bool:
        return _unsign(self._code, code) is not None

    def local(self, expires_at: float) -> str:
        return _sign(self._local, str(int(expires_at)))

    def read_local(self, token: str) -> float | None:
        """Until when it counts, in Unix seconds; None: it is none of ours."""
        said = _unsign(self._local, token)
        return None if said is None else float(said)


def link_token(secret: bytes, camera_id: int, generation: int, expires_at: float) -> str:
    """The token of a link that shows one camera until `expires_at`, in Unix seconds."""
    return Signatures(secret).link(camera_id, generation, expires_at)


def admin_code(secret: bytes) -> str:
    """A new code for a link that logs an admin in; it counts once it is in the registry."""
    return Signatures(secret).code()


def local_token(secret: bytes, expires_at: float) -> str:
    """A Bearer token for a command on this machine, which can read the secret: it is an admin.

    expires_at: Unix seconds; a few seconds from now are enough
    """
    return Signatures(secret).local(expires_at)


def _signer(secret: bytes, kind: bytes) -> Signer:
    return Signer(secret, salt=kind, key_derivation="hmac", digest_method=hashlib.sha256)


def _sign(signer: Signer, text: str) -> str:
    return signer.sign(text).decode("ascii")


def _unsign(signer: Signer, signed: str) -> str | None:
    if len(signed) > MAX_SIGNED or not signed.isascii():
        return None
    try:
        return signer.unsign(signed).decode("ascii")
    except BadSignature:
        return None
