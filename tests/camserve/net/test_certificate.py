"""Certificate and key: what is wrong with them is said, and a change of them is noticed."""

import logging
import os
import shutil
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trio
import trio.testing
from cryptography.hazmat.primitives import serialization

from camserve.net.certificate import Certificate, CertificateError
from tests.certificates import Authority

TIMEOUT = 10.0  # seconds
INTERVAL = 0.01


def refused(certfile: Path, keyfile: Path | None = None) -> str:
    with pytest.raises(CertificateError) as error:
        Certificate(certfile, keyfile)
    assert "\n" not in str(error.value)
    return str(error.value)


def both_in_one(authority: Authority) -> Path:
    certfile, keyfile = authority.issue()
    both = authority.directory / "both.pem"
    both.write_bytes(keyfile.read_bytes() + certfile.read_bytes())
    return both


# -- what can be wrong ---------------------------------------------------------------------


def test_one_file_may_hold_both(authority: Authority) -> None:
    Certificate(both_in_one(authority))


def test_a_file_that_is_missing_is_named(authority: Authority) -> None:
    certfile, keyfile = authority.issue()
    assert refused(Path("/no/such.pem"), keyfile) == "/no/such.pem: No such file or directory"
    assert refused(certfile, Path("/no/such.key")) == "/no/such.key: No such file or directory"


def test_files_that_hold_something_else(authority: Authority) -> None:
    certfile, keyfile = authority.issue()
    assert refused(keyfile, keyfile) == f"{keyfile} holds no certificate in PEM format"
    assert refused(certfile, certfile) == f"{certfile} holds no private key in PEM format"
    assert refused(certfile) == f"{certfile} holds no private key in PEM format"


def test_a_key_of_another_certificate(authority: Authority) -> None:
    certfile, _ = authority.issue()
    _, keyfile = authority.issue(file="another")
    assert refused(certfile, keyfile).startswith("key and certificate do not match: ")


def test_a_damaged_file(authority: Authority) -> None:
    certfile, keyfile = authority.issue()
    certfile.write_bytes(certfile.read_bytes()[:200])
    assert refused(certfile, keyfile).startswith(f"OpenSSL cannot use {certfile} or {keyfile}: ")


def test_a_key_with_a_passphrase_asks_nobody(authority: Authority) -> None:
    certfile, keyfile = authority.issue()
    key = serialization.load_pem_private_key(keyfile.read_bytes(), None)
    keyfile.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(b"secret"),
        )
    )
    assert "is encrypted" in refused(certfile, keyfile)


# -- what it says of itself ----------------------------------------------------------------


def test_names_and_end(authority: Authority) -> None:
    ends = datetime.now(UTC) + timedelta(days=30)
    certificate = Certificate(*authority.issue("*.example", "cams.example", not_after=ends))
    assert certificate.facts.names == ("cams.example",)
    assert certificate.facts.ends_at == int(ends.timestamp())


@pytest.mark.parametrize(
    ("days", "warning"), [(30, None), (2, "ends on 20"), (-1, "certificate has expired")]
)
async def test_the_end_is_told_beforehand(
    authority: Authority, caplog: pytest.LogCaptureFixture, days: int, warning: str | None
) -> None:
    now = datetime.now(UTC)
    files = authority.issue(
        not_before=now - timedelta(days=9), not_after=now + timedelta(days=days)
    )
    async with trio.open_nursery() as nursery:
        await nursery.start(Certificate(*files).watch)
        await trio.testing.wait_all_tasks_blocked()
        nursery.cancel_scope.cancel()
    assert len(caplog.messages) == (warning is not None)
    assert (warning or "") in caplog.text


# -- changes -------------------------------------------------------------------------------


def shown(certificate: Certificate, trusting: ssl.SSLContext, name: str) -> bool:
    """Whether a client that trusts so gets a certificate with this name."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=name)
    server = certificate.context.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError:
                return False
    return True


@asynccontextmanager
async def watched(authority: Authority) -> AsyncIterator[Certificate]:
    certificate = Certificate(*authority.issue("old"))
    async with trio.open_nursery() as nursery:
        await nursery.start(
            lambda task_status: certificate.watch(interval=INTERVAL, task_status=task_status)
        )
        yield certificate
        nursery.cancel_scope.cancel()


async def until(holds: Callable[[], bool]) -> None:
    with trio.fail_after(TIMEOUT):
        while not holds():  # noqa: ASYNC110 - files tell nobody
            await trio.sleep(INTERVAL)


async def test_files_that_are_replaced_one_after_the_other(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "camserve")
    new_certfile, new_keyfile = authority.issue("new", file="renewed")
    async with watched(authority) as certificate:
        old = certificate.context
        os.replace(new_certfile, authority.directory / "server.pem")
        await until(lambda: "is kept: key and certificate do not match" in caplog.text)
        assert certificate.context is old
        assert shown(certificate, authority.trusting(), "old")
        os.replace(new_keyfile, authority.directory / "server.key")
        await until(lambda: "new connections use the certificate" in caplog.text)
        assert shown(certificate, authority.trusting(), "new")
        assert certificate.facts.names == ("new",)
    assert len(caplog.messages) == 2, "each said once"


async def test_a_link_that_leads_elsewhere(authority: Authority) -> None:
    """As certbot does it."""
    authority.issue("new", file="renewed")
    async with watched(authority) as certificate:
        for suffix in ("pem", "key"):
            path = authority.directory / f"server.{suffix}"
            path.unlink()
            path.symlink_to(authority.directory / f"renewed.{suffix}")
        await until(lambda: certificate.facts.names == ("new",))


async def test_files_that_go_and_come_back(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    async with watched(authority) as certificate:
        certfile = authority.directory / "server.pem"
        away = authority.directory / "away.pem"
        old = certificate.context
        shutil.copy(certfile, away)
        certfile.unlink()
        await until(lambda: "No such file" in caplog.text)
        assert certificate.context is old
        os.replace(away, certfile)
        await until(lambda: certificate.context is not old)
