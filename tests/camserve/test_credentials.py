"""What the settings and the password's file say, on a server that runs."""

import base64
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import argon2
import pytest
import trio

from camserve.config import Config, load_config
from camserve.credentials import Credentials, CredentialsError
from camserve.registry import Catalogue, Registry
from camserve.running import StartError
from camserve.server import serve
from camserve.settings import SettingsError
from camserve.trust import Claim, Role, WrongProofError, link_token
from tests.serving import jpeg, read_until, request, running_server

SECRET = b"a secret of the tests, long enough"
HASH = argon2.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("pass")


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    with Registry.open(f"sqlite:///{tmp_path}/cameras.db") as registry:
        yield Catalogue(registry)


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return Config(data_dir=tmp_path)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("pass\n")
    return path


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"someone:{password}".encode()).decode()


async def knows(credentials: Credentials, password: str) -> Role | None:
    claim = Claim("192.0.2.1", authorization=basic(password))
    try:
        return (await credentials.trust.authenticate(claim)).role
    except WrongProofError:
        return None


@pytest.fixture(autouse=True)
def _no_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("camserve.trust.throttle.MAX_DELAY", 0.0)


@pytest.mark.parametrize("password", ["pass", HASH], ids=["clear", "hash"])
async def test_the_password_of_a_variable(
    config: Config, catalogue: Catalogue, password: str
) -> None:
    config = replace(config, viewer_password=password, admin_token="token")
    credentials = await Credentials.open(config, catalogue, SECRET)
    assert not credentials.trust.is_open
    assert await knows(credentials, "pass") is Role.VIEWER
    assert await knows(credentials, "token") is Role.ADMIN
    assert await knows(credentials, "else") is None


async def test_without_a_password_viewing_is_open(config: Config, catalogue: Catalogue) -> None:
    credentials = await Credentials.open(config, catalogue, SECRET)
    assert credentials.trust.is_open
    assert not credentials.trust.has_admin_token


def _no_file(config: Config) -> Config:
    return replace(config, viewer_password_file=config.data_dir / "none")


def _same_words(config: Config) -> Config:
    return replace(config, viewer_password="same", admin_token="same")


def _no_hash(config: Config) -> Config:
    return replace(config, viewer_password="$argon2id$x")


@pytest.mark.parametrize(
    ("bad", "complaint"),
    [
        (_no_file, "none cannot be read: No such file"),
        (_same_words, "every viewer would be an admin"),
        (_no_hash, "CAMSERVE_VIEWER_PASSWORD: .* no argon2 hash"),
    ],
)
async def test_what_cannot_be_taken_changes_nothing_and_starts_nothing(
    config: Config,
    catalogue: Catalogue,
    bad: Callable[[Config], Config],
    complaint: str,
) -> None:
    credentials = await Credentials.open(replace(config, viewer_password="pass"), catalogue, SECRET)
    with pytest.raises(CredentialsError, match=complaint):
        await credentials.apply(bad(config))
    assert await knows(credentials, "pass") is Role.VIEWER
    with pytest.raises(StartError, match=complaint):
        await serve(bad(replace(config, port=0, ingest_port=0)), trio.Event())


def test_a_password_in_two_places_is_one_too_many(file: Path) -> None:
    with pytest.raises(SettingsError, match=r"VIEWER_PASSWORD and option --viewer-password-file"):
        load_config({"viewer_password_file": str(file)}, {"CAMSERVE_VIEWER_PASSWORD": "x"})


async def test_the_file_that_is_followed_is_the_one_of_the_last_settings(
    config: Config, catalogue: Catalogue, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    credentials = await Credentials.open(config, catalogue, SECRET)
    other = trio.Path(file.with_name("other"))
    await other.write_text("second")
    async with trio.open_nursery() as nursery:
        await nursery.start(credentials.watch)
        await credentials.apply(replace(config, viewer_password_file=file))
        assert await knows(credentials, "pass") is Role.VIEWER
        await credentials.apply(
            replace(config, viewer_password_file=Path(other), admin_token="token")
        )
        changed = trio.Event()
        configure = credentials.trust.configure

        def configuring(**words: str | None) -> None:
            configure(**words)
            changed.set()

        monkeypatch.setattr(credentials.trust, "configure", configuring)
        await other.write_text("third")
        with trio.fail_after(5):
            await changed.wait()
        assert await knows(credentials, "third") is Role.VIEWER
        assert await knows(credentials, "token") is Role.ADMIN
        nursery.cancel_scope.cancel()


async def test_the_admin_token_in_the_file_makes_nobody_an_admin(
    config: Config, catalogue: Catalogue, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = trio.Event()
    complaints: list[str] = []

    def error(message: str, *args: object) -> None:
        complaints.append(message % args)
        refused.set()

    monkeypatch.setattr("camserve.trust.password_file.log.error", error)
    monkeypatch.setattr("camserve.trust.password_file.INTERVAL", 0.01)
    config = replace(config, viewer_password_file=file, admin_token="token")
    credentials = await Credentials.open(config, catalogue, SECRET)
    async with trio.open_nursery() as nursery:
        await nursery.start(credentials.watch)
        await trio.Path(file).write_text("token")
        with trio.fail_after(5):
            await refused.wait()
        nursery.cancel_scope.cancel()
    assert "every viewer would be an admin" in complaints[0]
    assert await knows(credentials, "pass") is Role.VIEWER


async def test_a_new_password_in_the_file_cuts_those_who_came_by_the_old_one(
    tmp_path: Path, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running_server(tmp_path, viewer_password_file=file) as server:
        camera = server.cameras[0]
        async with server.publisher(camera) as publisher:
            await publisher.send(jpeg(1))
            path = f"/cameras/{camera.id}/stream.mjpg"
            stream = await trio.open_tcp_stream("127.0.0.1", server.http_port)
            async with stream:
                head = (
                    f"GET {path} HTTP/1.1\r\nHost: test\r\nAuthorization: {basic('pass')}\r\n\r\n"
                )
                await stream.send_all(head.encode())
                await read_until(stream, jpeg(1))
                await trio.Path(file).write_text("new")
                with trio.fail_after(2):
                    while await stream.receive_some():
                        pass
        answer = await request(server.http_port, f"GET /list\nAuthorization: {basic('pass')}")
        assert answer.startswith(b"HTTP/1.1 401")
        answer = await request(server.http_port, f"GET /list\nAuthorization: {basic('new')}")
        assert answer.startswith(b"HTTP/1.1 200")
        assert '"new"' not in caplog.text


async def test_links_end_with_the_token_of_their_camera(tmp_path: Path) -> None:
    async with running_server(tmp_path, viewer_password="pass") as server:
        camera = server.cameras[0]
        secret = (tmp_path / "secret").read_bytes().strip()
        token = link_token(secret, camera.id, camera.token_generation, 2e9 + 2e9)
        path = f"/cameras/{camera.id}/events?token={token}"
        async with server.publisher(camera) as publisher:
            await publisher.send(jpeg(1))
            stream = await trio.open_tcp_stream("127.0.0.1", server.http_port)
            async with stream:
                await stream.send_all(f"GET {path} HTTP/1.1\r\nHost: test\r\n\r\n".encode())
                await read_until(stream, b"image-update")
                await trio.to_thread.run_sync(server.registry.rotate, camera.id)
                with trio.fail_after(2):
                    while await stream.receive_some():
                        pass
        answer = await request(server.http_port, f"GET {path}")
        assert answer.startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize(
    ("settings", "warned"),
    [
        ({"viewer_password": "1234567"}, "viewer password"),
        ({"admin_token": "1234567"}, "admin token"),
        ({"viewer_password": "12345678", "admin_token": "123456789"}, None),
        ({"viewer_password": HASH}, None),
    ],
)
async def test_what_can_be_guessed_is_warned_of(
    config: Config,
    catalogue: Catalogue,
    caplog: pytest.LogCaptureFixture,
    settings: dict[str, str],
    warned: str | None,
) -> None:
    await Credentials.open(replace(config, **settings), catalogue, SECRET)  # type: ignore[arg-type]
    said = [f"the {warned} is shorter than 8 characters: it can be guessed"] if warned else []
    assert caplog.messages == said
