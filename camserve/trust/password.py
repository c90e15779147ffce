"""A viewers' password of which only the hash is known."""

from functools import partial

import argon2
import trio
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

HASH_PREFIX = "$argon2"
#: Comparisons that may wait for their turn. Each takes 0.03 s (on a Pi 4 0.1 s), and 19 MiB.
MAX_QUEUE = 8

_NO_HASH = f"the password begins with {HASH_PREFIX} and is no argon2 hash that can be used"


class InvalidPasswordError(ValueError):
    """This cannot be a password; the message says why."""


class BusyError(Exception):
    """Too many passwords wait to be compared."""


def check_password(text: str) -> None:
    """Try whether this can be a password or its hash. Takes as long as a comparison.

    Raises: InvalidPasswordError.
    """
    if not text:
        raise InvalidPasswordError("the password is empty")
    if text.startswith(HASH_PREFIX):
        PasswordHash(text).check()


class PasswordHash:
    """An argon2 hash in the usual encoding, `$argon2id$v=19$m=…,t=…,p=…$SALT$HASH` (RFC 9106).

    Comparing is slow by intention. It is done in a thread, one at a time.

    Raises: InvalidPasswordError: the text is no such hash.
    """

    def __init__(self, text: str) -> None:
        try:
            argon2.extract_parameters(text)
        except InvalidHashError as error:
            raise InvalidPasswordError(_NO_HASH) from error
        self._text = text
        self._hasher = argon2.PasswordHasher()  # the hash says how it is computed
        self._limiter = trio.CapacityLimiter(1)
        self._asking = 0

    async def fits(self, password: bytes) -> bool:
        """Whether the hash was made of this password.

        Cancellation does not wait for the thread. Raises: BusyError.
        """
        if self._asking > MAX_QUEUE:
            raise BusyError
        self._asking += 1
        try:
            return await trio.to_thread.run_sync(
                partial(self._fits, password), limiter=self._limiter, abandon_on_cancel=True
            )
        finally:
            self._asking -= 1

    def check(self) -> None:
        """Compare once. Raises: InvalidPasswordError: this is not possible."""
        try:
            self._hasher.verify(self._text, b"")
        except VerifyMismatchError:
            return
        except (VerificationError, InvalidHashError) as error:
            raise InvalidPasswordError(_NO_HASH) from error
        raise InvalidPasswordError("it is the hash of an empty password")

    def _fits(self, password: bytes) -> bool:
        try:
            return self._hasher.verify(self._text, password)
        except (VerificationError, InvalidHashError):
            return False
