"""What the settings for TLS mean: addresses, announcements, and errors at the start."""

from pathlib import Path

import pytest
import trio
import trio.testing

from camserve.config import Config
from camserve.net.certificate import Certificate
from camserve.running import StartError
from camserve.securing import addresses, configured_certificate, name_in_certificate
from camserve.server import serve
from tests.certificates import Authority, authority
from tests.serving import connection, read_until, running_server

__all__ = ["authority"]


def config(data_dir: Path, **settings: object) -> Config:
    return Config(data_dir=data_dir, port=0, ingest_port=0, **settings)  # type: ignore[arg-type]


def test_addresses(tmp_path: Path) -> None:
    plain = addresses(config(tmp_path, ingest_host="::1"), port=80, ingest_port=81)
    assert (plain.watch, plain.cameras) == (
        "http://127.0.0.1:80/",
        "ws://[::1]:81/video-input-stream",
    )
    secure = addresses(config(tmp_path, certfile=tmp_path / "c"), port=80, ingest_port=81)
    assert (secure.watch, secure.cameras) == (
        "https://127.0.0.1:80/",
        "wss://127.0.0.1:81/video-input-stream",
    )


def test_no_certificate(tmp_path: Path) -> None:
    assert configured_certificate(config(tmp_path)) is None


def test_a_key_alone(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="keyfile is given without certfile"):
        configured_certificate(config(tmp_path, keyfile=tmp_path / "key"))


async def test_a_certificate_that_cannot_be_used_keeps_it_from_starting(tmp_path: Path) -> None:
    missing = config(tmp_path, certfile=tmp_path / "none.pem")
    expected = rf"^{tmp_path}/none.pem: No such file or directory \(see --certfile and --keyfile\)$"
    with pytest.raises(StartError, match=expected):
        await serve(missing, trio.Event())


@pytest.mark.parametrize(
    ("public_url", "name"),
    [
        (None, "a.example"),
        ("https://b.example/cams", "b.example"),
        ("https://c.example", "a.example"),
    ],
)
def test_the_name_that_cameras_are_told(
    authority: Authority, public_url: str | None, name: str
) -> None:
    certfile, keyfile = authority.issue("a.example", "b.example")
    given = config(authority.directory, public_url=public_url)
    assert name_in_certificate(given, Certificate(certfile, keyfile)) == name


def test_a_certificate_for_an_address_only(authority: Authority) -> None:
    given = config(authority.directory)
    assert name_in_certificate(given, Certificate(*authority.issue("10.0.0.1"))) is None


async def test_cameras_are_told_of_tls_and_the_name(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[bool, str | None]] = []

    async def note(
        listeners: list[trio.SocketListener], stop: trio.Event, tls: bool, name: str | None
    ) -> None:
        told.append((tls, name))
        await stop.wait()

    monkeypatch.setattr("camserve.server.announce", note)
    certfile, keyfile = authority.issue("cams.example")
    async with running_server(
        authority.directory, host="0.0.0.0", certfile=certfile, keyfile=keyfile
    ):
        await trio.testing.wait_all_tasks_blocked()
    assert told == [(True, "cams.example")]


async def test_a_new_certificate_drops_nobody(authority: Authority) -> None:
    """Who is connected stays so with the old one; who comes gets the new one."""
    files = authority.issue("old.example", "localhost")
    async with running_server(authority.directory, certfile=files[0], keyfile=files[1]) as server:
        context = authority.trusting()
        async with connection(server.http_port, context) as there:
            authority.issue("new.example", "localhost")
            with trio.fail_after(10):
                while True:
                    async with connection(server.http_port, context) as comes:
                        shown = comes.tls.getpeercert()  # type: ignore[attr-defined]
                        if ("DNS", "new.example") in shown["subjectAltName"]:
                            break
                    await trio.sleep(0.1)
            await there.send_all(b"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n")
            await read_until(there, b"Hello World!")
