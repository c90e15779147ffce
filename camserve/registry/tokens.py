"""What a camera proves itself with: computed from the server's secret, never stored."""

import hashlib
import hmac

from camserve.registry.camera import FIRST_GENERATION, Camera

#: Stands where a camera has no imported token: as long as a digest, and no text has it.
_NO_DIGEST = "-" * 64


class Tokens:
    """Makes and checks tokens.

    A token is the lowercase hex HMAC-SHA256 (RFC 2104) of `camserve:{id}:{generation}` under the
    server's secret: 64 ASCII characters, because cameras in the field send a token's length in
    characters where bytes are meant. Anyone who uses the secret for something else signs messages
    with another beginning.

    legacy_secret: the secret of the old scheme, lowercase hex SHA-256 of str(id) followed by it;
    such tokens count until the camera's first rotation. None or "": none are accepted, for under
    an empty secret anybody could compute them.
    """

    def __init__(self, secret: bytes, legacy_secret: str | None = None) -> None:
        self._secret = secret
        self._legacy_secret = (legacy_secret or "").encode("utf-8", "surrogateescape")

    def token(self, camera: Camera) -> str:
        """The camera's one token of this generation."""
        message = f"camserve:{camera.id}:{camera.token_generation}".encode("ascii")
        return hmac.new(self._secret, message, hashlib.sha256).hexdigest()

    def verify(self, camera: Camera, token: str) -> bool:
        """Whether this text proves that its sender is this camera.

        Takes the same time whichever scheme fits and how ever much of the token is right: all
        schemes are always computed, and digests of equal length are compared in constant time.
        """
        # surrogatepass: str that no UTF-8 decoder made must be refused like any other, not raise.
        given = _sha256(token.encode("utf-8", "surrogatepass"))
        old = _sha256(str(camera.id).encode("ascii") + self._legacy_secret)
        current = hmac.compare_digest(given, _sha256(self.token(camera).encode("ascii")))
        legacy = hmac.compare_digest(given, _sha256(old))
        imported = hmac.compare_digest(given, (camera.imported_token_sha256 or _NO_DIGEST).encode())
        never_rotated = camera.token_generation == FIRST_GENERATION
        return (
            current
            | (legacy & never_rotated & (self._legacy_secret != b""))
            | (imported & never_rotated)
        )


def _sha256(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode("ascii")
