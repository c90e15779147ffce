"""The words that somebody chose, the password and the admin token, and who shows the right one."""

import hmac
import secrets

from .authorization import Word, word_bytes
from .password import HASH_PREFIX, BusyError, InvalidPasswordError, PasswordHash
from .recent import Recent
from .roles import Role
from .throttle import Throttle

REMEMBERED = 1024  # words, of each kind
BUSY = 1.0  # seconds; after that a password may be shown again


class Words:
    """Compares what is shown with the words that count, at a price for who guesses.

    Words are compared by digests under a key of this process, so the time that it takes says
    nothing about how much was right. A password that is given as a hash is as quick as any other
    from the moment on when it was shown for the first time.
    """

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._key = secrets.token_bytes(32)
        self._hash: PasswordHash | None = None
        self._password: bytes | None = None  # its digest, once it is known
        self._admin: bytes | None = None  # the digest of the admin token
        self._right: Recent[tuple[str, bytes]] = Recent(REMEMBERED)  # with whoever showed it
        self._wrong: Recent[bytes] = Recent(REMEMBERED)

    def configure(self, password: str | None, admin_token: str | None) -> None:
        """Raises: InvalidPasswordError: nothing was changed."""
        if password is not None and not password:
            raise InvalidPasswordError("the password is empty")
        is_hash = password is not None and password.startswith(HASH_PREFIX)
        self._hash = PasswordHash(password) if is_hash and password else None
        self._password = None if is_hash else self._digest_of(password)
        self._admin = self._digest_of(admin_token)
        self._right.clear()
        self._wrong.clear()

    @property
    def has_admin_token(self) -> bool:
        return self._admin is not None

    def compare(self, word: Word) -> Role | None:
        """Whose word it is; None: of nobody, or of nobody so far."""
        digest = self._digest(word.text)
        if self._admin is not None and hmac.compare_digest(digest, self._admin):
            return Role.ADMIN
        if self._password is not None and hmac.compare_digest(digest, self._password):
            return Role.VIEWER
        return None

    async def guess(self, word: Word, sender: str) -> Role | None:
        """As `compare`, but finds out, and each sender has only so many guesses.

        Without that limit all guesses could be sent at once, and the right one would be the one
        that is answered at once. Whoever has shown it before does not suffer from others who guess
        behind the same address.

        Raises: SlowDownError.
        """
        digest = self._digest(word.text)
        if digest in self._wrong:
            return None
        if (sender, digest) not in self._right:
            self._throttle.check(sender)
        role = self.compare(word)
        if role is None and self._hash is not None and self._password is None:
            role = await self._ask(self._hash, word, sender)
        if role is not None:
            self._right.add((sender, digest))
        return role

    async def _ask(self, hashed: PasswordHash, word: Word, sender: str) -> Role | None:
        try:
            fits = await hashed.fits(word.text)
        except BusyError:
            raise self._throttle.refusal(BUSY) from None
        if self._hash is not hashed:
            # The password has changed meanwhile, perhaps to this very word: what was wrong is
            # remembered as wrong.
            return await self.guess(word, sender)
        if fits:
            self._password = self._digest(word.text)
        return self.compare(word)

    async def refuse(self, word: Word | None, sender: str) -> None:
        """Wait as long as a wrong proof has to; a word that is known to be wrong is no new guess.

        Raises: SlowDownError.
        """
        is_new = False
        if word is not None:
            digest = self._digest(word.text)
            is_new = digest not in self._wrong
            self._wrong.add(digest)
        await self._throttle.wrong(sender, new_guess=is_new)

    def _digest_of(self, word: str | None) -> bytes | None:
        if word is None:
            return None
        return self._digest(word_bytes(word.encode("utf-8", "surrogateescape")))

    def _digest(self, word: bytes) -> bytes:
        return hmac.digest(self._key, word, "sha256")
