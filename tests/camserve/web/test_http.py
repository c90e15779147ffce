"""Connections: how long they live, and requests that are not quite what they should be."""

from pathlib import Path

import pytest
import trio

from camserve.web import lent_stream
from tests.camserve.web.http_viewer import fetch, http_viewer, parse_head
from tests.raw_websocket import RawWebSocket, handshake
from tests.serving import RunningServer, connection, jpeg, running_server


async def test_a_connection_serves_one_request_after_the_other(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await publisher.send(jpeg())
        for target, status in (
            ("/hello", 200),
            ("/nowhere", 404),
            ("/get-image?cameraId=9", 400),
            ("/cameras", 200),
            ("/mocked-image", 200),
            ("/hello", 200),
        ):
            assert (await viewer.answer(target)).status == status
        # Pipelined, too.
        await viewer.send("/hello")
        await viewer.send("/cameras/9")
        for status in (200, 404):
            assert (await viewer.read_head()).status == status
            await viewer.read(int(viewer.head["content-length"]))


@pytest.mark.parametrize("asked", [False, True])
async def test_an_idle_connection_is_closed_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: bool
) -> None:
    assert lent_stream.KEEP_ALIVE_TIMEOUT == 5
    monkeypatch.setattr("camserve.web.http.KEEP_ALIVE_TIMEOUT", 0.3)
    async with running_server(tmp_path) as server, http_viewer(server) as viewer:
        if asked:
            await viewer.answer("/hello")
        began = trio.current_time()
        assert await viewer.read_to_end() == b""
        assert 0.2 < trio.current_time() - began < 2


async def test_a_request_that_never_ends_is_an_idle_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.web.http.KEEP_ALIVE_TIMEOUT", 0.3)
    async with running_server(tmp_path) as server, http_viewer(server) as viewer:
        await viewer.stream.send_all(b"GET /hello HTTP/1.1\r\nHost: te")
        await viewer.read_to_end()


async def test_idle_connections_are_closed_at_once_at_the_end(tmp_path: Path) -> None:
    began = float("inf")
    async with (
        running_server(tmp_path) as server,
        http_viewer(server) as silent,
        http_viewer(server) as idle,
    ):
        await idle.answer("/hello")
        began = trio.current_time()
        server.stop.set()
        assert await idle.read_to_end() == b""
        assert await silent.read_to_end() == b""
    assert trio.current_time() - began < 1


async def test_a_stop_in_the_middle_of_an_answer_lets_it_finish(server: RunningServer) -> None:
    picture = jpeg(b"x", 4_000_000)
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(picture)
        async with http_viewer(server, receive_buffer=4096) as viewer:
            while (await viewer.ask("/get-image?cameraId=1")).status == 503:
                await viewer.read(int(viewer.head["content-length"]))
            server.stop.set()
            assert await viewer.read_to_end() == picture


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("http://test/hello", 200),
        ("HTTP://test:80/camera/hello?x=y", 200),
        ("http://test", 200),
        ("http://test/nowhere", 404),
        ("?", 200),
        ("hello", 200),
    ],
)
async def test_targets_in_absolute_form(server: RunningServer, target: str, status: int) -> None:
    assert (await fetch(server, target)).status == status


@pytest.mark.parametrize(
    "request_",
    [
        b"\r\n\r\nnonsense\r\n\r\n",
        b"GET /hello HTTP/1.1\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET /hello HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"GET /" + b"x" * 100_000,
        b"\x16\x03\x01\x02\x00\x01",
    ],
    ids=["nonsense", "no host", "two hosts", "length", "endless", "TLS"],
)
async def test_what_is_no_request(server: RunningServer, request_: bytes) -> None:
    async with http_viewer(server) as viewer:
        await viewer.stream.send_all(request_)
        await viewer.stream.send_eof()
        answer = await viewer.read_to_end()
        if answer:
            assert 400 <= parse_head(answer.partition(b"\r\n\r\n")[0]).status < 500
    assert (await fetch(server, "/hello")).status == 200


async def test_the_server_does_not_tell_what_it_is_made_of(server: RunningServer) -> None:
    assert "server" not in (await fetch(server, "/hello")).head


@pytest.mark.parametrize("path", ["/", "/nowhere", "/list", "/camera/video-output-stream/x"])
async def test_no_websocket_elsewhere(server: RunningServer, path: str) -> None:
    async with connection(server.http_port) as stream:
        socket = RawWebSocket(stream)
        with trio.fail_after(5):
            await socket.shake_hands(handshake(path))
        assert parse_head(socket.response).status in (400, 404)


async def test_a_websocket_of_another_version(server: RunningServer) -> None:
    async with connection(server.http_port) as stream:
        socket = RawWebSocket(stream)
        with trio.fail_after(5):
            request = handshake("/video-output-stream").replace(b"Version: 13", b"Version: 12")
            await socket.shake_hands(request)
        assert 400 <= parse_head(socket.response).status < 500
