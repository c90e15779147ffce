from importlib.resources import files

import pytest

from tests.camserve.web.http_viewer import Answer, fetch, until
from tests.serving import RunningServer, jpeg

BOTH = pytest.mark.parametrize("prefix", ["", "/camera"])


async def publish(server: RunningServer, picture: bytes) -> None:
    """Let camera 1 send one picture and leave again."""
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(picture)
        await until(server, lambda camera: camera["state"] == "online")


def assert_no_picture(answer: Answer) -> None:
    assert answer.status == 503
    assert answer.head["content-type"] == "application/json"
    assert answer.head["retry-after"].isdigit()
    assert answer.body.startswith(b'{"message": "')


@BOTH
async def test_the_latest_image_of_a_camera(server: RunningServer, prefix: str) -> None:
    picture = jpeg(b"\x00\r\n--camserveframe\r\n\xff\xd9\x80")
    await publish(server, picture)
    for target in (f"{prefix}/get-image?cameraId=1", f"{prefix}/get-image?x=y&CAMERAID=1&cache=7"):
        answer = await fetch(server, target)
        assert answer.status == 200
        assert answer.head["content-type"] == "image/jpeg"
        assert answer.head["cache-control"] == "no-store"
        assert answer.body == picture


async def test_padding_is_cut(server: RunningServer) -> None:
    await publish(server, jpeg(b"one") + bytes(100))
    assert (await fetch(server, "/get-image?cameraId=1")).body == jpeg(b"one")


@BOTH
async def test_no_image_yet(server: RunningServer, prefix: str) -> None:
    assert_no_picture(await fetch(server, f"{prefix}/get-image?cameraId=1"))


@BOTH
async def test_the_packaged_image(server: RunningServer, prefix: str) -> None:
    answer = await fetch(server, f"{prefix}/mocked-image")
    assert answer.status == 200
    assert answer.head["content-type"] == "image/jpeg"
    assert answer.body == files("camserve.web").joinpath("static", "mocked.jpg").read_bytes()
    assert answer.body.startswith(b"\xff\xd8\xff")
    assert answer.body.endswith(b"\xff\xd9")


@BOTH
async def test_no_camera_of_its_own(server: RunningServer, prefix: str) -> None:
    answer = await fetch(server, f"{prefix}/image")
    assert_no_picture(answer)
    assert b"--local-camera" in answer.body
