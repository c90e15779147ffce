"""Whoever has a link to one camera sees that camera and nothing of the others."""

import json
from pathlib import Path

import pytest
import trio

from tests.camserve.web.guests import closed_server, follow_link, link
from tests.camserve.web.http_viewer import TIMEOUT, fetch, http_viewer
from tests.camserve.web.live_viewer import LiveViewer
from tests.camserve.web.socket_viewer import client_info
from tests.raw_websocket import RawWebSocket, handshake
from tests.serving import jpeg


@pytest.mark.parametrize("target", ["/cameras", "/list", "/camera/list"])
async def test_lists_name_no_other_camera(tmp_path: Path, target: str) -> None:
    async with closed_server(tmp_path) as server:
        answer = await fetch(server, f"{target}?token={link(server, 2)}")
        assert [camera["id"] for camera in json.loads(answer.body)] == [2]
        cookie = await follow_link(server, 1)
        answer = await fetch(server, target, Cookie=cookie)
        assert [camera["id"] for camera in json.loads(answer.body)] == [1]


@pytest.mark.parametrize(
    "target",
    [
        "/cameras/1",
        "/cameras/1/snapshot.jpg",
        "/cameras/1/stream.mjpg",
        "/cameras/1/events",
        "/get-image?cameraId=1",
        "/camera/stream-image?cameraId=1",
        "/?action=stream_1",
        # Whether there is such a camera is not said either.
        "/cameras/99",
        "/get-image?cameraId=99",
    ],
)
async def test_no_route_shows_another(tmp_path: Path, target: str) -> None:
    async with closed_server(tmp_path) as server:
        mark = "&" if "?" in target else "?"
        answer = await fetch(server, f"{target}{mark}token={link(server, 2)}")
        assert answer.status == 403
        assert json.loads(answer.body) == {"message": "This link shows camera 2 only"}


async def test_the_lowest_camera_is_the_one_of_the_link(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server, server.publisher(server.cameras[1]) as publisher:
        await publisher.send(jpeg(b"two"))
        async with http_viewer(server) as viewer:
            await viewer.ask(f"/?action=stream&token={link(server, 2)}")
            assert await viewer.picture() == jpeg(b"two")


async def test_live_shows_no_other(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server, http_viewer(server) as viewer:
        socket = RawWebSocket(viewer.stream)
        await socket.shake_hands(handshake(f"/live?token={link(server, 2)}"))
        live = LiveViewer(socket)
        for op, more in (("watch", {}), ("move", {"x": 0, "y": 0})):
            await live.say(op, 1, **more)
            assert await live.error() == "This link shows camera 2 only"
        await live.say("watch", 99)
        assert await live.error() == "This link shows camera 2 only"
        assert (await live.watch(2))["name"] == "camera 2"


async def test_the_old_socket_shows_no_other(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        for camera_id in (1, 99):
            async with http_viewer(server) as viewer:
                socket = RawWebSocket(viewer.stream)
                await socket.shake_hands(handshake(f"/video-output-stream?token={link(server, 2)}"))
                await socket.send(client_info(camera_id))
                with trio.fail_after(TIMEOUT):
                    assert await socket.closed() == (1008, "This link shows camera 2 only")
