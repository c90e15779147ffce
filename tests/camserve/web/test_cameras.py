import json
import struct
from pathlib import Path

from tests.camserve.web.http_viewer import described, fetch, http_viewer, until
from tests.serving import RunningServer, jpeg, running_server

#: The segments of a JPEG that say how large it is: APP0, then SOF0 of 320 x 240.
SIZED = (
    b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08"
    + struct.pack(">HH", 240, 320)
    + b"\x01\x01\x11\x00\xff\xd9"
)


async def test_a_camera_that_was_never_seen(server: RunningServer) -> None:
    assert await described(server) == {
        "id": 1,
        "name": "camera 1",
        "description": "",
        "state": "offline",
        "last_active": None,
        "width": None,
        "height": None,
        "fps": 0,
        "bytes_per_second": 0,
        "viewers": 0,
        "controls": ["move"],
        "rejected": 0,
        "streams": [],
    }


async def test_all_cameras_are_an_array_by_id(server: RunningServer) -> None:
    server.registry.add("still", description="does not move")
    while len(cameras := json.loads((await fetch(server, "/cameras")).body)) < 3:
        pass
    assert [camera["id"] for camera in cameras] == [1, 2, 3]
    assert {**cameras[1], "rejected": 0, "streams": []} == await described(server, 2)
    assert cameras[2]["description"] == "does not move"
    assert cameras[2]["controls"] == []


async def test_what_arrives_is_described(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        for _ in range(10):
            await publisher.send(SIZED)
        camera = await until(server, lambda camera: camera["fps"] == 2)
        assert (camera["width"], camera["height"]) == (320, 240)
        assert camera["bytes_per_second"] == 2 * len(SIZED)
        assert camera["state"] == "online"
        assert str(camera["last_active"]).endswith("Z")


async def test_viewers_are_counted(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg())
        async with http_viewer(server) as one, http_viewer(server) as two:
            await one.ask("/cameras/1/stream.mjpg")
            await one.picture()
            await two.ask("/stream-image?cameraId=1")
            await two.chunk()
            assert (await described(server))["viewers"] == 2
        await until(server, lambda camera: camera["viewers"] == 0)


async def test_silence_makes_it_stale(tmp_path: Path) -> None:
    async with running_server(tmp_path, stale_after=0.3) as server:
        async with server.publisher(server.cameras[0]) as publisher:
            await publisher.send(jpeg())
            await until(server, lambda camera: camera["state"] == "online")
            await until(server, lambda camera: camera["state"] == "stale")
            await publisher.send(jpeg())
            await until(server, lambda camera: camera["state"] == "online")
        await until(server, lambda camera: camera["state"] == "offline")


async def test_what_is_no_jpeg_is_counted(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(b"no picture")
        await until(server, lambda camera: camera["rejected"] == 1)
