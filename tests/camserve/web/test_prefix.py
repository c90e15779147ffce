"""The server under a prefix, with proxies that take it away and with those that do not."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.camserve.web.http_viewer import fetch, http_viewer
from tests.raw_websocket import RawWebSocket, handshake
from tests.serving import RunningServer, running_server


@asynccontextmanager
async def under(root_path: str, data_dir: Path) -> AsyncIterator[RunningServer]:
    async with running_server(data_dir, root_path=root_path) as server:
        yield server


@pytest.mark.parametrize("target", ["/cams/hello", "/hello", "/cams/camera/hello"])
async def test_with_and_without_the_prefix(tmp_path: Path, target: str) -> None:
    async with under("/cams", tmp_path) as server:
        assert (await fetch(server, target)).status == 200


@pytest.mark.parametrize(
    "target", ["/camshello", "/other/hello", "/cams/cams/hello", "/cams/cameras//1"]
)
async def test_what_is_not_below_the_prefix(tmp_path: Path, target: str) -> None:
    async with under("/cams", tmp_path) as server:
        assert (await fetch(server, target)).status == 404


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_the_prefix_alone_leads_to_the_page(tmp_path: Path, method: str) -> None:
    async with under("/cams", tmp_path) as server:
        answer = await fetch(server, "/cams?action=stream", method=method)
        assert answer.status == 308
        assert answer.head["location"] == "/cams/?action=stream"
        assert (await fetch(server, "/cams/")).status == 200


async def test_a_proxy_that_names_the_prefix_has_taken_it_away(tmp_path: Path) -> None:
    """Else one of our own addresses could not be a prefix."""
    async with under("/cameras", tmp_path) as server:
        named = {"X_Forwarded_Prefix": "/cameras"}
        assert b'"camera 1"' in (await fetch(server, "/cameras/1", **named)).body
        assert b'"camera 1"' in (await fetch(server, "/cameras/cameras/1")).body
        assert (await fetch(server, "/cameras/1")).status == 404


async def test_the_path_of_another_host_in_the_request(tmp_path: Path) -> None:
    async with under("/cams", tmp_path) as server:
        assert (await fetch(server, "http://elsewhere/cams/hello")).status == 200


@pytest.mark.parametrize("path", ["/cams/live", "/live", "/cams/video-output-stream"])
async def test_websockets(tmp_path: Path, path: str) -> None:
    async with under("/cams", tmp_path) as server, http_viewer(server) as viewer:
        socket = RawWebSocket(viewer.stream)
        await socket.shake_hands(handshake(path))
        assert socket.response.startswith(b"HTTP/1.1 101 ")


async def test_nobody_else_is_believed(tmp_path: Path) -> None:
    async with running_server(tmp_path, trusted_proxies=(), cameras=0) as server:
        answer = await fetch(server, "/cams", X_Forwarded_Prefix="/cams")
        assert answer.status == 404
