"""Whom `--ca-file` lets a camera believe."""

from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from camclient.authority import AuthorityError, trusting
from camclient.config import load_config
from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError
from camclient.stream import connect
from camserve.net.certificate import Certificate
from camserve.net.tls import TlsStream
from camserve.settings import SettingsError
from tests.certificates import Authority, authority

__all__ = ["authority"]

TIMEOUT = 10.0  # seconds


def test_without_a_file_the_system_decides() -> None:
    assert trusting(None) is None


@pytest.mark.parametrize("content", ["", "hello", "-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_no_certificate(tmp_path: Path, content: str) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content)
    with pytest.raises(AuthorityError) as error:
        trusting(path)
    assert str(error.value) == f"{path} holds no certificate in PEM format (see --ca-file)"


def test_no_file() -> None:
    with pytest.raises(
        AuthorityError, match=r"^/no/ca.pem: No such file or directory \(see --ca-file\)$"
    ):
        trusting(Path("/no/ca.pem"))


def test_an_authority_without_tls_is_a_slip() -> None:
    given = {"camera_id": "1", "token": "x", "ca_file": "/ca.pem"}
    with pytest.raises(SettingsError, match="expected wss:// instead of ws://"):
        load_config({**given, "server": "ws://192.168.1.7:8001"}, {})
    load_config({**given, "server": "wss://192.168.1.7:8001"}, {})


async def reaches(authority: Authority, ca_file: Path | None, name: str | None) -> None:
    """Connect to a server for `cams.example` at 127.0.0.1. Raises: ConnectionLostError."""
    certificate = Certificate(*authority.issue("cams.example"))
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    problem: ConnectionLostError | None = None
    async with listener, trio.open_nursery() as nursery:

        async def serve() -> None:
            async with TlsStream(await listener.accept(), certificate) as stream:
                try:
                    await stream.begin()
                    await stream.receive_some()
                except trio.BrokenResourceError:
                    pass

        nursery.start_soon(serve)
        port = listener.socket.getsockname()[1]
        with trio.fail_after(TIMEOUT):
            endpoint = Endpoint("127.0.0.1", port, "/", tls=True, name=name)
            try:
                await (await connect(endpoint, trusting(ca_file))).aclose()
            except ConnectionLostError as error:
                problem = error
    if problem is not None:
        raise problem


def its_authority(authority: Authority) -> Path:
    return authority.ca_file


def the_certificate_itself(authority: Authority) -> Path:
    certfile, _ = authority.issue("cams.example")
    # Issued anew below, it would be another one.
    authority.issue = lambda *_: (certfile, certfile.with_suffix(".key"))  # type: ignore[method-assign]
    return certfile


@pytest.mark.parametrize("ca_file", [its_authority, the_certificate_itself])
async def test_a_server_that_it_vouches_for(
    authority: Authority, ca_file: Callable[[Authority], Path]
) -> None:
    await reaches(authority, ca_file(authority), "cams.example")


@pytest.mark.parametrize("name", ["other.example", None])
async def test_another_name(authority: Authority, name: str | None) -> None:
    with pytest.raises(ConnectionLostError, match=r"not accepted: .* mismatch"):
        await reaches(authority, authority.ca_file, name)


async def test_another_authority(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Authority(tmp_path / "other")
    with pytest.raises(ConnectionLostError, match=r"not accepted: .* \(--ca-file names"):
        await reaches(authority, other.ca_file, "cams.example")
    with pytest.raises(ConnectionLostError, match=r"not accepted: .* \(--ca-file names"):
        await reaches(authority, None, "cams.example")
