import base64
import json
import re
from datetime import UTC, datetime

import pytest
import trio

from tests.camserve.web.http_viewer import TIMEOUT, fetch, until
from tests.serving import RunningServer, jpeg


@pytest.mark.parametrize("prefix", ["", "/camera"])
async def test_hello(server: RunningServer, prefix: str) -> None:
    answer = await fetch(server, f"{prefix}/hello")
    assert answer.status == 200
    assert answer.head["content-type"] == "application/json"
    assert answer.body == b'{"message": "Hello World!"}'


@pytest.mark.parametrize("prefix", ["", "/camera"])
async def test_the_list_is_a_bare_array_of_all_cameras(server: RunningServer, prefix: str) -> None:
    answer = await fetch(server, f"{prefix}/list")
    assert answer.status == 200
    assert answer.head["content-type"] == "application/json"
    assert json.loads(answer.body) == [
        {
            "id": number,
            "name": f"camera {number}",
            "description": "",
            "lastActive": None,
            "preview": "",
            "state": "offline",
        }
        for number in (1, 2)
    ]


async def test_no_cameras_are_an_empty_list(server: RunningServer) -> None:
    for camera in server.cameras:
        server.registry.remove(camera.id)
    with trio.fail_after(TIMEOUT):
        while (await fetch(server, "/list")).body != b"[]":
            pass


async def test_a_camera_that_sends_is_online_with_time_and_preview(server: RunningServer) -> None:
    picture = jpeg(b"\x00\xff latest")
    before = datetime.now(UTC).replace(microsecond=0)
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg(b"earlier"))
        await publisher.send(picture)
        await until(server, lambda camera: camera["fps"] == 0.4)
        (entry, other) = json.loads((await fetch(server, "/list")).body)
    assert entry["state"] == "online"
    assert base64.b64decode(entry["preview"], validate=True) == picture
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", entry["lastActive"])
    assert before <= datetime.fromisoformat(entry["lastActive"]) <= datetime.now(UTC)
    assert other["state"] == "offline"


@pytest.mark.parametrize("query", ["preview=0", "PREVIEW=0", "x=1&Preview=0"])
async def test_previews_can_be_left_out(server: RunningServer, query: str) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg())
        await until(server, lambda camera: camera["state"] == "online")
        entry = json.loads((await fetch(server, f"/list?{query}")).body)[0]
        assert entry["preview"] == ""
        assert entry["lastActive"] is not None
        entry = json.loads((await fetch(server, "/list?preview=1")).body)[0]
        assert entry["preview"] != ""


async def test_connected_without_a_frame_is_stale(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]):
        await until(server, lambda camera: camera["state"] == "stale")
        assert json.loads((await fetch(server, "/list")).body)[0]["state"] == "stale"
    await until(server, lambda camera: camera["state"] == "offline")
