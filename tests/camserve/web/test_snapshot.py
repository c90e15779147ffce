import time

import pytest

from tests.camserve.web.http_viewer import fetch, http_viewer, until
from tests.serving import RunningServer, jpeg

TARGET = "/cameras/1/snapshot.jpg"


async def test_the_latest_frame_and_what_is_known_of_it(server: RunningServer) -> None:
    picture = jpeg(b"latest")
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg(b"earlier"))
        await publisher.send(picture)
        await until(server, lambda camera: camera["fps"] == 0.4)
        answer = await fetch(server, TARGET)
    assert answer.status == 200
    assert answer.body == picture
    head = answer.head
    assert head["content-type"] == "image/jpeg"
    assert head["content-length"] == str(len(picture))
    assert head["cache-control"] == "no-store"
    whole, _, fraction = head["x-timestamp"].partition(".")
    assert abs(time.time() - int(whole)) < 60
    assert len(fraction) == 6
    assert 0 <= float(head["x-frame-age"]) < 60
    sequence = int(head["x-frame-sequence"])
    assert abs(time.time() * 1000 - sequence) < 60_000
    assert head["etag"] == f'"{sequence}"'


async def test_who_has_it_gets_304(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await publisher.send(jpeg(b"one"))
        await until(server, lambda camera: camera["state"] == "online")
        first = await viewer.answer(TARGET)
        tag = first.head["etag"]
        for given in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            head = await viewer.ask(TARGET, If_None_Match=given)
            assert head.status == 304, given
            assert head["etag"] == tag
            assert head["cache-control"] == "no-store"
            assert "content-type" not in head
            assert "content-length" not in head
        assert (await viewer.answer(TARGET, If_None_Match='"1"')).body == jpeg(b"one")
        await publisher.send(jpeg(b"two"))
        await until(server, lambda camera: camera["fps"] == 0.4)
        second = await viewer.answer(TARGET, If_None_Match=tag)
        assert second.body == jpeg(b"two")
        assert int(second.head["x-frame-sequence"]) == int(first.head["x-frame-sequence"]) + 1


@pytest.mark.parametrize("seen", [False, True])
async def test_none_of_a_camera_that_is_offline(server: RunningServer, seen: bool) -> None:
    if seen:
        async with server.publisher(server.cameras[0]) as publisher:
            await publisher.send(jpeg())
            await until(server, lambda camera: camera["state"] == "online")
        await until(server, lambda camera: camera["state"] == "offline")
    answer = await fetch(server, TARGET)
    assert answer.status == 503
    assert int(answer.head["retry-after"]) > 0
    assert answer.body.startswith(b'{"message": ')
