"""The file that holds the viewers' password, and what becomes of it while the server runs."""

import logging
import stat
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import trio

from .password import InvalidPasswordError

#: Seconds between two looks. A change is taken at the second look that shows it, so within 0.6 s.
INTERVAL = 0.3
MAX_BYTES = 4096  # that are read; a password is shorter

log = logging.getLogger(__name__)


class PasswordFileError(Exception):
    """The file holds no password; the message is one line that says why."""


def read_password(path: Path) -> str:
    """The first line, without white space around it: a password or its argon2 hash.

    Raises: PasswordFileError.
    """
    try:
        # A pipe would have the password once, and then for ever nothing.
        if not stat.S_ISREG(path.stat().st_mode):
            raise PasswordFileError(f"the password file {path} is no regular file")
        with path.open("rb") as file:
            content = file.read(MAX_BYTES)
    except OSError as error:
        reason = error.strerror or error
        raise PasswordFileError(f"the password file {path} cannot be read: {reason}") from error
    try:
        text = content.decode("utf-8-sig")  # some editors begin a file with a mark
    except UnicodeDecodeError as error:
        raise PasswordFileError(f"the password file {path} is not UTF-8 text") from error
    lines = text.splitlines()
    if not lines or not lines[0].strip():
        raise PasswordFileError(f"the password file {path} has no password in its first line")
    return lines[0].strip()


async def watch_password(path: Path, known: str, changed: Callable[[str], None]) -> NoReturn:
    """Call `changed` with each new password, for ever.

    While the file holds none, which is logged once, the last one stays.

    known: what it held before; changed: may raise InvalidPasswordError, which is logged
    """
    limiter = trio.CapacityLimiter(1)  # its own: a disk may hang
    seen = known
    is_failing = False
    while True:
        await trio.sleep(INTERVAL)
        try:
            found = await trio.to_thread.run_sync(
                read_password, path, limiter=limiter, abandon_on_cancel=True
            )
        except PasswordFileError as error:
            if not is_failing:
                log.error("the old viewer password stays: %s", error)
            is_failing = True
            continue
        is_failing = False
        # Programs write a file piece by piece; what counts is what stands there twice.
        if found == seen and found != known:
            known = found
            _take(found, changed)
        seen = found


def _take(password: str, changed: Callable[[str], None]) -> None:
    try:
        changed(password)
    except InvalidPasswordError as error:
        log.error("the old viewer password stays: in the password file %s", error)
    else:
        log.info("the viewer password has changed")
