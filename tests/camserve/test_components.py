"""What other settings change in a running server."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import pytest
import trio

from camserve.config import Config
from camserve.registry import Registry, Tokens, load_secret
from camserve.reload import AT_ONCE, ReloadError
from camserve.running import Serving
from camserve.server import serve
from camserve.wire import INGEST_PATH
from tests.raw_websocket import handshake
from tests.serving import (
    STARTUP,
    TestPublisher,
    connection,
    jpeg,
    read_until,
    request,
    websocket,
)

ADMIN = "Authorization: Bearer admin"
UPGRADE = "\n".join(handshake().decode().splitlines()[2:-1])


class Recorder:
    """Settings that note which of them somebody reads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> object:
        self.read.add(name)
        return getattr(self._config, name)


@dataclass
class Running:
    config: Config
    serving: Serving
    token: str

    @property
    def port(self) -> int:
        return urlsplit(self.serving.watch).port or 0

    async def get(self, path: str) -> bytes:
        return await request(self.port, f"GET {path}")

    async def post(self, path: str, content_type: str, body: bytes, proof: str = ADMIN) -> bytes:
        """The beginning of the answer."""
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\n{proof}\r\n"
        head += f"Content-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
        async with connection(self.port) as stream:
            await stream.send_all(head.encode() + body)
            return await read_until(stream, b"\r\n\r\n") + await stream.receive_some()

    async def hello(self) -> int:
        """The code with which a camera is closed that sends a frame of 100 kB; 0: it is taken."""
        port = urlsplit(self.serving.cameras).port or 0
        async with websocket(port, INGEST_PATH) as socket:
            publisher = TestPublisher(socket)
            await socket.send_message(publisher.wire.send_hello(1, self.token))
            await socket.send_message(struct.pack("<i", 100_000))
            with trio.move_on_after(1):
                return (await publisher.closed())[0]
        return 0


@asynccontextmanager
async def server(data_dir: Path, **settings: object) -> AsyncIterator[Running]:
    config = Config(data_dir=data_dir, port=0, ingest_port=0, admin_token="admin", **settings)  # type: ignore[arg-type]
    registry = Registry.open(config.database_url)
    camera = registry.add("front")
    registry.close()
    token = Tokens(load_secret(data_dir, None)).token(camera)
    stop = trio.Event()
    async with trio.open_nursery() as nursery:
        with trio.fail_after(STARTUP):
            serving = await nursery.start(serve, config, stop)
        yield Running(config, cast(Serving, serving), token)
        stop.set()


async def test_every_setting_that_counts_at_once_is_looked_at(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text("sesame")
    async with server(tmp_path) as running:
        for config in (running.config, replace(running.config, viewer_password_file=file)):
            recorder = Recorder(config)
            await running.serving.apply(cast(Config, recorder))
            of_the_log = {name for name in AT_ONCE if name.startswith("log_")}
            missing = AT_ONCE - recorder.read - of_the_log
            # A password comes from one place.
            assert missing <= {"viewer_password"}
            assert recorder.read <= AT_ONCE


async def test_the_size_of_frames(tmp_path: Path) -> None:
    async with server(tmp_path) as running:
        assert await running.hello() == 0
        await running.serving.apply(replace(running.config, max_frame_bytes=65536))
        assert await running.hello() == 1009


async def test_the_size_of_uploads(tmp_path: Path) -> None:
    async with server(tmp_path) as running:
        form = b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % part
            for part in (
                (b"cameraId", b"1"),
                (b"token", running.token.encode()),
                (b"image", jpeg(b"", size=100_000)),
            )
        )
        upload = partial(
            running.post, "/update-image", "multipart/form-data; boundary=b", form + b"--b--\r\n"
        )
        assert b" 200 " in await upload()
        await running.serving.apply(replace(running.config, max_frame_bytes=65536))
        assert b" 413 " in await upload()


async def test_the_longest_request(tmp_path: Path) -> None:
    long = "/hello?" + "x" * 2000
    async with server(tmp_path) as running:
        ingest_port = urlsplit(running.serving.cameras).port or 0
        assert b" 200 " in await running.get(long)
        assert b" 404 " in await request(ingest_port, f"GET {long}\n{UPGRADE}")
        await running.serving.apply(replace(running.config, max_header_bytes=1024))
        assert b" 431 " in await running.get(long)
        assert b" 431 " in await request(ingest_port, f"GET {long}\n{UPGRADE}")


async def test_the_prefix_and_the_way_links_begin(tmp_path: Path) -> None:
    async with server(tmp_path) as running:
        assert b" 404 " in await running.get("/club/hello")
        config = replace(running.config, root_path="/club", public_url="https://club.example/cams")
        await running.serving.apply(config)
        assert b" 200 " in await running.get("/club/hello")
        answer = await running.post("/cameras/1/share", "application/json", b'{"seconds": 60}')
        assert b'"url":"https://club.example/cams/?token=' in answer.replace(b'": "', b'":"')


async def test_pages_of_the_public_address_are_our_own(tmp_path: Path) -> None:
    async with server(tmp_path) as running:
        page = "Origin: https://club.example"
        move = partial(running.post, "/cameras/1/move", "application/json", b'{"x": 0, "y": 0}')
        assert b" 403 " in await move(page)
        await running.serving.apply(replace(running.config, public_url="https://club.example/"))
        assert b" 409 " in await move(page)  # it is offline


async def test_a_password_that_cannot_be_is_refused_before_anything_changes(
    tmp_path: Path,
) -> None:
    async with server(tmp_path) as running:
        config = replace(running.config, viewer_password="admin", root_path="/club")
        with pytest.raises(ReloadError, match="every viewer would be an admin"):
            await running.serving.apply(config)
        assert b" 200 " in await running.get("/cameras")
        assert b" 404 " in await running.get("/club/hello")


async def test_it_says_in_a_line_how_it_is(tmp_path: Path) -> None:
    async with server(tmp_path) as running:
        assert running.serving.describe() == "0 of 1 cameras online, 0 viewers"
