"""Whose right to be here ends is cut off in the middle of what they watch, whatever it is."""

import json
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from camserve.net import life
from tests.camserve.web import guests
from tests.camserve.web.guests import PASSWORD, closed_server, link
from tests.camserve.web.http_viewer import TIMEOUT, HttpViewer, fetch, http_viewer
from tests.camserve.web.live_viewer import LiveViewer
from tests.camserve.web.socket_viewer import client_info
from tests.raw_websocket import BINARY, RawWebSocket, handshake
from tests.serving import RunningServer, jpeg

STREAMS = ["/cameras/1/stream.mjpg", "/cameras/1/events", "/stream-image?cameraId=1"]
SOCKETS = ["/live", "/video-output-stream"]
ENDED = (1008, "Access has ended")


@asynccontextmanager
async def streaming(
    server: RunningServer, target: str, *, version: str = "1.1", **headers: str
) -> AsyncIterator[HttpViewer]:
    """A stream that has begun."""
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await publisher.send(jpeg(b"first"))
        head = await viewer.ask(target, version=version, **headers)
        assert head.status == 200
        await viewer.read(1)
        yield viewer


@asynccontextmanager
async def watching(
    server: RunningServer, target: str, **headers: str
) -> AsyncIterator[RawWebSocket]:
    """A WebSocket on which a picture has come."""
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await publisher.send(jpeg(b"first"))
        socket = RawWebSocket(viewer.stream)
        await socket.shake_hands(handshake(target).removesuffix(b"\r\n") + lines.encode() + b"\r\n")
        if target.startswith("/live"):
            await LiveViewer(socket).watch()
        else:
            await socket.send(client_info(1))
        assert (await socket.message())[0] == BINARY
        yield socket


async def ended(viewer: HttpViewer) -> None:
    """Wait for an end without the last chunk: nobody shall take it for the whole."""
    with trio.fail_after(TIMEOUT):
        assert not (await viewer.read_to_end()).endswith(b"0\r\n\r\n")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """The password's."""
    path = tmp_path / "password"
    path.write_text(PASSWORD)
    return path


def change(file: Path) -> None:
    file.write_text("another one\n")


@pytest.mark.parametrize("target", STREAMS)
@pytest.mark.parametrize("version", ["1.1", "1.0"])
async def test_streams_end_with_the_password(
    tmp_path: Path, file: Path, target: str, version: str
) -> None:
    async with closed_server(tmp_path, viewer_password=None, viewer_password_file=file) as server:
        by_word = {"Authorization": guests.basic(PASSWORD)}
        async with streaming(server, target, version=version, **by_word) as viewer:
            change(file)
            with trio.fail_after(1.5):
                await ended(viewer)


async def test_the_log_says_why_a_stream_ended(
    tmp_path: Path, file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger=life.__name__)
    async with closed_server(tmp_path, viewer_password=None, viewer_password_file=file) as server:
        by_word = {"Authorization": guests.basic(PASSWORD)}
        async with streaming(server, STREAMS[0], **by_word) as viewer:
            change(file)
            await ended(viewer)
    (line,) = (text for text in caplog.messages if "mjpeg" in text)
    assert line.endswith(": Access has ended")


@pytest.mark.parametrize("target", SOCKETS)
async def test_sockets_end_with_the_password(tmp_path: Path, file: Path, target: str) -> None:
    async with closed_server(tmp_path, viewer_password=None, viewer_password_file=file) as server:
        cookie = await guests.log_in(server, PASSWORD)
        async with watching(server, target, Cookie=cookie) as socket:
            change(file)
            with trio.fail_after(1.5):
                assert await socket.closed() == ENDED


@pytest.mark.parametrize("target", [*STREAMS, *SOCKETS])
async def test_what_a_link_shows_ends_with_the_cameras_token(tmp_path: Path, target: str) -> None:
    async with closed_server(tmp_path) as server:
        target += ("&" if "?" in target else "?") + f"token={link(server)}"
        if target.startswith(tuple(SOCKETS)):
            async with watching(server, target) as socket:
                await rotate(server)
                with trio.fail_after(TIMEOUT):
                    assert await socket.closed() == ENDED
        else:
            async with streaming(server, target) as viewer:
                await rotate(server)
                await ended(viewer)


@pytest.mark.parametrize("target", ["/cameras/1/stream.mjpg", "/live"])
async def test_what_a_link_shows_ends_when_its_time_is_over(tmp_path: Path, target: str) -> None:
    async with closed_server(tmp_path) as server:
        target += f"?token={link(server, until=time.time() + 2)}"
        with trio.fail_after(4):
            if target.startswith("/live"):
                async with watching(server, target) as socket:
                    assert await socket.closed() == ENDED
            else:
                async with streaming(server, target) as viewer:
                    await ended(viewer)


async def test_others_go_on(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        by_word = {"Authorization": guests.basic(PASSWORD)}
        async with (
            server.publisher(server.cameras[1]) as publisher,
            http_viewer(server) as viewer,
            streaming(server, f"/cameras/1/stream.mjpg?token={link(server)}") as linked,
        ):
            await publisher.send(jpeg(b"one"))
            await viewer.ask("/cameras/2/stream.mjpg", **by_word)
            assert await viewer.picture() == jpeg(b"one")
            await rotate(server)
            await ended(linked)
            await publisher.send(jpeg(b"two"))
            while await viewer.picture() != jpeg(b"two"):
                pass


async def test_who_still_waits_for_an_answer_gets_none(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server, server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg(b"first"))
        async with http_viewer(server) as viewer:
            await viewer.send(f"/cameras/1/snapshot.jpg?max_age=0&wait=60&token={link(server)}")
            while not await watched_by(server):
                pass
            await rotate(server)
            with trio.fail_after(TIMEOUT):
                assert await viewer.read_to_end() == b""


async def watched_by(server: RunningServer) -> int:
    """How many watch camera 1."""
    answer = await fetch(server, "/cameras/1", Authorization=guests.basic(PASSWORD))
    return int(json.loads(answer.body)["viewers"])


async def rotate(server: RunningServer) -> None:
    await trio.to_thread.run_sync(server.registry.rotate, 1)
