"""Limits of the settings, as viewers and uploading scripts meet them."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.camserve.web.http_viewer import TIMEOUT, http_viewer
from tests.camserve.web.live_viewer import live_viewer
from tests.camserve.web.multipart import CONTENT_TYPE, form
from tests.camserve.web.online_camera import online
from tests.camserve.web.socket_viewer import client_info, picture, raw_viewer
from tests.serving import RunningServer, jpeg, running_server

STREAMS = ["/cameras/1/stream.mjpg", "/cameras/1/events", "/stream-image?cameraId=1"]
FULL = "Camera 1 has as many viewers as it may have"


@asynccontextmanager
async def watched_camera(tmp_path: Path, viewers: int) -> AsyncIterator[RunningServer]:
    """A server with two cameras that send; so many viewers of each may be there."""
    async with (
        running_server(tmp_path, cameras=2, max_viewers_per_camera=viewers) as server,
        online(server, jpeg(b"one")),
        online(server, jpeg(b"two"), 2),
    ):
        yield server


async def refusals(server: RunningServer) -> list[object]:
    """What each kind of viewer is told."""
    told: list[object] = []
    for target in STREAMS:
        async with http_viewer(server) as viewer:
            answer = await viewer.answer(target)
            message = json.loads(answer.body)["message"]
            told.append((answer.status, answer.head["retry-after"], message))
    async with raw_viewer(server) as viewer:
        await viewer.send(client_info(1))
        told.append(await viewer.closed())
    async with live_viewer(server) as viewer:
        await viewer.say("watch", 1)
        told.append(await viewer.error())
    return told


async def test_a_full_camera_tells_every_kind_of_viewer(tmp_path: Path) -> None:
    async with watched_camera(tmp_path, 2) as server, http_viewer(server) as first:
        await first.ask(STREAMS[0])
        async with live_viewer(server) as second:
            await second.watch(1)
            assert await refusals(server) == [(503, "10", FULL)] * 3 + [(1013, FULL), FULL]
            async with http_viewer(server) as other:
                assert (await other.ask("/cameras/2/stream.mjpg")).status == 200
            async with http_viewer(server) as other:
                assert (await other.ask("/cameras/1/snapshot.jpg")).status == 200
            await second.say("watch", 1, fps=5)
            await second.say("unwatch", 1)
            await second.say("watch", 2)
            with trio.fail_after(TIMEOUT):
                while (await second.message())[1].find(b'"camera": 2') < 0:
                    pass


@pytest.mark.parametrize("kind", ["http", "socket", "live", "closed live", "head"])
async def test_who_leaves_makes_room(tmp_path: Path, kind: str) -> None:
    async with watched_camera(tmp_path, 1) as server, AsyncExitStack() as stack:
        if kind == "http":
            async with http_viewer(server) as viewer:
                await viewer.ask(STREAMS[0])
        elif kind == "head":
            viewer = await stack.enter_async_context(http_viewer(server))
            await viewer.ask(STREAMS[0], method="HEAD")
        elif kind == "socket":
            async with raw_viewer(server) as socket:
                await socket.send(client_info(1))
                await picture(socket)
        else:
            live = await stack.enter_async_context(live_viewer(server))
            await live.watch(1)
            if kind == "closed live":
                await live.socket.stream.aclose()
            else:
                await live.say("unwatch", 1)
        with trio.fail_after(TIMEOUT):
            while True:
                async with http_viewer(server) as newcomer:
                    if (await newcomer.ask(STREAMS[0])).status == 200:
                        break
                await trio.sleep(0.01)


async def test_a_rush_of_viewers_gets_no_more_places(tmp_path: Path) -> None:
    statuses = []
    async with watched_camera(tmp_path, 3) as server, AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(http_viewer(server)) for _ in range(12)]

        async def ask(number: int) -> None:
            statuses.append((await viewers[number].ask(STREAMS[number % 3])).status)

        async with trio.open_nursery() as nursery:
            for number in range(12):
                nursery.start_soon(ask, number)
    assert sorted(statuses) == [200] * 3 + [503] * 9


async def test_uploads_that_come_too_often(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, max_frame_rate=4.0) as server,
        http_viewer(server) as script,
    ):
        answers = []
        for number in range(4):
            fields = {"cameraId": "1", "token": server.token(server.cameras[0])}
            body = form(jpeg(number), **fields)
            await script.send(
                "/update-image",
                method="POST",
                content_type=CONTENT_TYPE,
                content_length=str(len(body)),
            )
            await script.stream.send_all(body)
            head = await script.read_head()
            answers.append(
                (head.status, json.loads(await script.read(int(head["content-length"]))))
            )
    assert [status for status, _ in answers] == [200, 200, 429, 429]
    assert answers[2][1] == {"message": "Camera 1 sends more than 4 pictures per second"}
