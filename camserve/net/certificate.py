"""The server's certificate and key: read at the start, and again whenever their files change."""

import logging
import ssl
import time
from pathlib import Path

import trio

from .certificate_facts import CertificateFacts, certificate_facts

log = logging.getLogger(__name__)

CHECK_INTERVAL = 1.0  # seconds between two looks at the files
#: Handshakes that compute at a time. Signatures take all of a core, and frames need one too.
HANDSHAKES = 1

DAY = 86400.0  # seconds
#: Whoever renews certificates by a program does it weeks before.
SOON = 7 * DAY

_Stamp = tuple[tuple[int, int, int], ...]


class CertificateError(Exception):
    """Certificate or key cannot be used; the message is one line that names the file."""


class Certificate:
    """What TLS connections of the server are made with.

    certfile: PEM, the server's certificate and those between it and its authority
    keyfile: PEM, the private key; None: it is in `certfile`

    context: for new connections; a change leaves those that are there alone
    facts: what the certificate says of itself

    Raises: CertificateError.
    """

    def __init__(self, certfile: Path, keyfile: Path | None = None) -> None:
        self._certfile, self._keyfile = certfile, keyfile
        self._stamp = self._look()
        self.context, self.facts = self._load()
        self.handshakes = trio.CapacityLimiter(HANDSHAKES)

    async def watch(
        self,
        *,
        interval: float = CHECK_INTERVAL,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Load the files again when they have changed, until cancelled.

        Whoever renews them replaces one after the other, so a pair that does not fit is left for
        later, and the one in use stays in use.
        """
        task_status.started()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._warn_of_its_end)
            while True:
                await trio.sleep(interval)
                stamp = self._look()
                if stamp != self._stamp:
                    self._stamp = stamp
                    await self.reload()

    async def reload(self) -> None:
        """Load the files again; what cannot be used is logged, and changes nothing."""
        try:
            self.context, self.facts = await trio.to_thread.run_sync(self._load)
        except CertificateError as error:
            log.warning("the certificate in use is kept: %s", error)
        else:
            log.info("new connections use the certificate that is now in %s", self._certfile)

    def _load(self) -> tuple[ssl.SSLContext, CertificateFacts]:
        context = load_context(self._certfile, self._keyfile)
        return context, certificate_facts(context, self._certfile)

    async def _warn_of_its_end(self) -> None:
        while True:
            _warn(self._certfile, self.facts)
            await trio.sleep(DAY)

    def _look(self) -> _Stamp:
        """What changes when a file does, by being replaced, written to, or linked elsewhere."""
        return _stamp(self._certfile), _stamp(self._keyfile or self._certfile)


def load_context(certfile: Path, keyfile: Path | None) -> ssl.SSLContext:
    """What to speak TLS 1.2 or newer with, and HTTP/1.1 in it.

    Raises: CertificateError.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    # Never HTTP/2: hypercorn has no back-pressure there.
    context.set_alpn_protocols(["http/1.1"])
    # Only a stranger who wants our CPU asks for a second handshake in TLS 1.2.
    context.options |= ssl.OP_NO_RENEGOTIATION
    _check(certfile, b"-----BEGIN CERTIFICATE-----", "certificate")
    _check(keyfile or certfile, b"PRIVATE KEY-----", "private key")
    try:
        context.load_cert_chain(certfile, keyfile, password=_refuse_password)
    except _EncryptedKeyError:
        raise CertificateError(
            f"the key in {keyfile or certfile} is encrypted; one without a passphrase is needed"
        ) from None
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            both = f"{certfile} and {keyfile}" if keyfile else str(certfile)
            raise CertificateError(f"key and certificate do not match: {both}") from error
        where = f"{certfile} or {keyfile}" if keyfile else str(certfile)
        raise CertificateError(
            f"OpenSSL cannot use {where}: {error.reason or 'it is damaged'}"
        ) from error
    except OSError as error:  # one has gone since it was looked at
        raise CertificateError(f"certificate and key cannot be read: {error.strerror}") from error
    return context


def _warn(certfile: Path, facts: CertificateFacts) -> None:
    if facts.fault is not None:
        log.warning("clients will refuse the certificate in %s: %s", certfile, facts.fault)
    elif facts.ends_at is not None and facts.ends_at - time.time() < SOON:
        ends = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(facts.ends_at))
        log.warning("the certificate in %s ends on %s", certfile, ends)


class _EncryptedKeyError(Exception):
    pass


def _refuse_password() -> str:
    # Without this OpenSSL would ask for it on the terminal.
    raise _EncryptedKeyError


def _check(path: Path, mark: bytes, what: str) -> None:
    """OpenSSL's errors do not say which file is meant."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path}: {error.strerror or error}") from error
    if mark not in content:
        raise CertificateError(f"{path} holds no {what} in PEM format")


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0, 0)
    return (found.st_ino, found.st_mtime_ns, found.st_size)
