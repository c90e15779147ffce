"""How streams begin, what they outlive and how they end; seen from outside, on real sockets."""

import json
from pathlib import Path

import pytest
import trio

from camserve.web import streams
from tests.camserve.web.http_viewer import TIMEOUT, fetch, http_viewer, until
from tests.serving import RunningServer, jpeg, running_server

pytestmark = pytest.mark.usefixtures("no_repeats")

MJPEG = "/cameras/1/stream.mjpg"
EVENTS = "/stream-image?cameraId=1"
BOTH = pytest.mark.parametrize("target", [MJPEG, EVENTS])


@BOTH
async def test_a_camera_that_was_never_seen_is_waited_for(
    server: RunningServer, target: str
) -> None:
    async with http_viewer(server) as viewer:
        await viewer.send(target)
        async with server.publisher(server.cameras[0]) as publisher:
            await until(server, lambda camera: camera["state"] == "stale")
            await publisher.send(jpeg(b"first"))
            assert (await viewer.read_head()).status == 200
            assert await viewer.chunk()


@BOTH
async def test_but_not_for_ever(
    server: RunningServer, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert streams.FIRST_FRAME_TIMEOUT == 5
    monkeypatch.setattr(streams, "FIRST_FRAME_TIMEOUT", 0.1)
    answer = await fetch(server, target)
    assert answer.status == 503
    assert int(answer.head["retry-after"]) > 0
    assert list(json.loads(answer.body)) == ["message"]


@BOTH
async def test_who_waits_is_told_at_once_when_the_server_stops(
    server: RunningServer, target: str
) -> None:
    async with http_viewer(server) as viewer:
        await viewer.send(target)
        await fetch(server, "/healthz")
        began = trio.current_time()
        server.stop.set()
        assert (await viewer.read_head()).status == 503
        assert trio.current_time() - began < 1


async def test_it_outlives_its_camera(server: RunningServer) -> None:
    (camera, _) = server.cameras
    async with http_viewer(server) as viewer:
        async with server.publisher(camera) as publisher:
            await publisher.send(jpeg(b"before"))
            await viewer.ask(MJPEG)
            assert await viewer.picture() == jpeg(b"before")
        await until(server, lambda camera: camera["state"] == "offline")
        async with server.publisher(camera) as publisher:
            await publisher.send(jpeg(b"after"))
            assert await viewer.picture() == jpeg(b"after")
            async with server.publisher(camera) as newer:
                await newer.send(jpeg(b"taken over"))
                assert await viewer.picture() == jpeg(b"taken over")


@BOTH
async def test_it_ends_properly_when_its_camera_is_removed(
    server: RunningServer, target: str
) -> None:
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await publisher.send(jpeg())
        await viewer.ask(target)
        await viewer.chunk()
        server.registry.remove(1)
        while await viewer.chunk():
            pass
        # The terminator was the end of that answer and not of the connection.
        assert (await viewer.answer(target)).status in (400, 404)


@BOTH
async def test_it_ends_properly_when_the_server_stops(server: RunningServer, target: str) -> None:
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await publisher.send(jpeg())
        await viewer.ask(target)
        await viewer.chunk()
        server.stop.set()
        while await viewer.chunk():
            pass
        assert await viewer.read_to_end() == b""


@BOTH
async def test_all_viewers_get_all_frames(server: RunningServer, target: str) -> None:
    async with server.publisher(server.cameras[0]) as publisher, trio.open_nursery() as nursery:
        received: list[list[bytes]] = []

        async def watch(task_status: trio.TaskStatus[None]) -> None:
            async with http_viewer(server) as viewer:
                await viewer.ask(target)
                got = [await viewer.chunk()]
                task_status.started()
                while len(got) < 6:
                    got.append(await viewer.chunk())
                    shown.release()
                received.append(got)

        shown = trio.Semaphore(0)
        await publisher.send(jpeg(0))
        for _ in range(8):
            await nursery.start(watch)
        for number in range(1, 6):
            await publisher.send(jpeg(number))
            with trio.fail_after(TIMEOUT):
                for _ in range(8):
                    await shown.acquire()
    assert received == [received[0]] * 8
    assert len(set(received[0])) == 6


async def test_http_1_0_gets_the_same_bytes_unchunked(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as viewer:
        await publisher.send(jpeg(b"one"))
        head = await viewer.ask(MJPEG, version="1.0")
        assert head.status == 200
        assert "transfer-encoding" not in head
        assert head["connection"] == "close"
        assert await viewer.read_until(b"\r\n") == b"--camserveframe\r\n"
        rest = await viewer.read_until(jpeg(b"one") + b"\r\n")
        assert b"Content-Length: 9\r\n" in rest
        await publisher.send(jpeg(b"two"))
        assert (await viewer.read_until(jpeg(b"two") + b"\r\n")).startswith(b"--camserveframe\r\n")
        server.stop.set()
        assert await viewer.read_to_end() == b"--camserveframe--\r\n"


async def test_a_viewer_who_leaves_is_noticed(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg())
        async with http_viewer(server) as viewer:
            await viewer.ask(MJPEG)
            await viewer.chunk()
            await until(server, lambda camera: camera["viewers"] == 1)
        # Nothing is sent meanwhile: it is the end of the connection that tells.
        await until(server, lambda camera: camera["viewers"] == 0)


async def test_a_viewer_who_leaves_while_waiting_for_a_first_frame(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        async with http_viewer(server) as viewer:
            await viewer.send(MJPEG)
            await fetch(server, "/healthz")
        began = trio.current_time()
        server.stop.set()
    assert trio.current_time() - began < 1
