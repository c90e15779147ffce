"""The server's secret: made on first start, kept in the data directory, or given from outside."""

import logging
import os
import stat
from pathlib import Path

from camserve.registry.errors import SecretError

#: The file's name inside the data directory.
SECRET_FILE = "secret"
#: bytes; a new secret is twice as many hex digits. As long as the hash's output (RFC 2104, 3).
SECRET_BYTES = 32
#: characters; a given secret that is shorter can be guessed from one token by trying.
MIN_GIVEN_CHARACTERS = 16
_OTHERS = stat.S_IRWXG | stat.S_IRWXO

log = logging.getLogger(__name__)


def load_secret(data_dir: Path, given: str | None) -> bytes:
    """The key of all tokens: `given` if there is one, else the content of the secret file.

    The file is text without its surrounding white space, so `CAMSERVE_SECRET="$(cat secret)"`
    elsewhere gives the same tokens. It is made when it is missing; when two processes do that at
    once, both return the same secret.

    Raises: SecretError: the given secret is too short; the file cannot be read or made, or is too
    short to be one that camserve wrote.
    """
    if given is not None:
        given = given.strip()
        if len(given) < MIN_GIVEN_CHARACTERS:
            raise SecretError(
                f"CAMSERVE_SECRET: expected at least {MIN_GIVEN_CHARACTERS} characters, "
                f"not {len(given)}"
            )
        return given.encode("utf-8", "surrogateescape")
    path = data_dir / SECRET_FILE
    try:
        if not path.exists():
            _create(path)
        secret = path.read_bytes().strip()
        mode = path.stat().st_mode
    except OSError as error:
        raise SecretError(
            f"cannot read or make the secret file {path}: {error.strerror}; "
            "make its folder readable and writable, or set CAMSERVE_SECRET"
        ) from error
    if mode & _OTHERS:
        log.warning(
            "others on this machine may read %s, and who has the secret is an admin: chmod 600 it",
            path,
        )
    if len(secret) < SECRET_BYTES:
        raise SecretError(
            f"the secret file {path} is damaged: {len(secret)} bytes, expected at least "
            f"{SECRET_BYTES}; restore it, or remove it and give every camera its new token"
        )
    return secret


def _create(path: Path) -> None:
    """Put a new secret at this path, unless somebody else was first.

    The file appears under its name only when it is whole and on the disk, so neither another
    process nor a kill at any moment can leave or see half a secret.
    """
    unpredictable = os.urandom(8).hex()
    draft = path.with_name(f".{path.name}.{unpredictable}")
    # O_EXCL and 0600 from the first moment: nobody else ever can open it.
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(os.urandom(SECRET_BYTES).hex().encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # unlike rename, refuses to replace
        except FileExistsError:
            return
        _sync_folder(path.parent)
    finally:
        draft.unlink()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
