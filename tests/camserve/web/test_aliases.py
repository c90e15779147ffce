"""`/?action=…`, as the tools around mjpg-streamer ask."""

import json
from pathlib import Path

import pytest

from tests.camserve.scaling.pictures import picture, shape
from tests.camserve.web.http_viewer import fetch, http_viewer, until
from tests.serving import RunningServer, jpeg, running_server


async def published(server: RunningServer) -> None:
    for camera in server.cameras:
        await until(server, lambda seen: seen["state"] == "online", camera.id)


@pytest.mark.parametrize(
    ("query", "camera"),
    [
        ("action=snapshot", 1),
        ("action=snapshot_1", 1),
        ("action=snapshot_2", 2),
        ("action=snapshot&n=1234", 1),
        ("n=1234&Action=snapshot", 1),
        ("action=snapshot/frame.jpg", 1),
        ("action=snapshot_2?dummy=image.jpg", 2),
        ("action=snapshot%0A", 1),
    ],
)
async def test_a_snapshot(server: RunningServer, query: str, camera: int) -> None:
    one, two = server.cameras
    async with server.publisher(one) as first, server.publisher(two) as second:
        await first.send(jpeg(b"camera 1"))
        await second.send(jpeg(b"camera 2"))
        await published(server)
        answer = await fetch(server, f"/?{query}")
        assert answer.status == 200
        assert answer.head["content-type"] == "image/jpeg"
        assert answer.body == jpeg(f"camera {camera}".encode())
        assert "x-frame-sequence" in answer.head


@pytest.mark.parametrize(
    ("query", "camera"),
    [
        ("action=stream", 1),
        ("action=stream_2", 2),
        ("action=stream&ignored.mjpg", 1),
        ("action=stream?dummy=param.mjpg", 1),
        ("action=stream_2/frame.mjpg", 2),
    ],
)
async def test_a_stream(server: RunningServer, query: str, camera: int) -> None:
    one, two = server.cameras
    async with server.publisher(one) as first, server.publisher(two) as second:
        await first.send(jpeg(b"camera 1"))
        await second.send(jpeg(b"camera 2"))
        await published(server)
        async with http_viewer(server) as viewer:
            head = await viewer.ask(f"/?{query}")
            assert head.status == 200
            assert head["content-type"] == "multipart/x-mixed-replace; boundary=camserveframe"
            assert await viewer.picture() == jpeg(f"camera {camera}".encode())


async def test_parameters_count(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(picture(640, 480))
        await until(server, lambda camera: camera["state"] == "online")
        assert shape((await fetch(server, "/?action=snapshot&width=160")).body) == (160, 120)
        assert (await fetch(server, "/?action=snapshot&max_age=0&wait=0")).status == 504
        assert (await fetch(server, "/?action=snapshot&width=1")).status == 400
        assert (await fetch(server, "/?action=stream&fps=0")).status == 400
        head = await fetch(server, "/?action=snapshot", method="HEAD")
        assert head.status == 200
        assert head.body == b""


@pytest.mark.parametrize(
    "action",
    ["", "command", "snapshots", "stream_", "stream_x", "snapshot_1x", "STREAM", "program"],
)
async def test_an_unknown_action(server: RunningServer, action: str) -> None:
    answer = await fetch(server, f"/?action={action}")
    assert answer.status == 404
    assert json.loads(answer.body)["message"].startswith("Unknown action: expected stream, snapsh")


@pytest.mark.parametrize("action", ["stream_3", "snapshot_0"])
async def test_an_unknown_camera(server: RunningServer, action: str) -> None:
    answer = await fetch(server, f"/?action={action}")
    assert answer.status == 404
    assert "No camera with id" in json.loads(answer.body)["message"]


async def test_the_lowest_id_there_is(server: RunningServer) -> None:
    async with server.publisher(server.cameras[1]) as publisher:
        await publisher.send(jpeg(b"camera 2"))
        await until(server, lambda camera: camera["state"] == "online", 2)
        assert (await fetch(server, "/?action=snapshot")).status == 503
        server.registry.remove(1)
        while (answer := await fetch(server, "/?action=snapshot")).status == 503:
            pass
        assert answer.body == jpeg(b"camera 2")


@pytest.mark.parametrize("action", ["stream", "snapshot"])
async def test_no_camera_at_all(tmp_path: Path, action: str) -> None:
    async with running_server(tmp_path, cameras=0) as server:
        answer = await fetch(server, f"/?action={action}")
    assert answer.status == 503
    assert int(answer.head["retry-after"]) > 0
    assert "no camera" in json.loads(answer.body)["message"]


async def test_without_an_action_it_is_the_page(server: RunningServer) -> None:
    answer = await fetch(server, "/?camera=1")
    assert answer.head["content-type"].startswith("text/html")
