"""What each way of watching makes a camera send."""

import struct

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from camserve.relay import Hub, Publisher
from camserve.relay.demand import EVERYTHING as ALL
from camserve.relay.demand import NOBODY as NONE
from camserve.web.freshness import Freshness, Question
from camserve.web.snapshot import fresh_frame
from tests.camserve.web.demanding import EVERYTHING, NOBODY, NewCamera, Told, new_camera
from tests.camserve.web.http_viewer import TIMEOUT, fetch, http_viewer
from tests.camserve.web.live_viewer import live_viewer
from tests.camserve.web.socket_viewer import raw_viewer, socket_viewer
from tests.serving import RunningServer, jpeg

MJPEG, SNAPSHOT = "/cameras/1/stream.mjpg", "/cameras/1/snapshot.jpg"


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("camserve.relay.audience.GRACE", 0.1)


@pytest.mark.parametrize(
    ("target", "wanted"),
    [
        (MJPEG, EVERYTHING),
        (f"{MJPEG}?fps=5", (5, 0)),
        (f"{MJPEG}?fps=5&width=320", (5, 320)),
        (f"{MJPEG}?width=320", (1000, 320)),
        ("/?action=stream", EVERYTHING),
        ("/cameras/1/events", EVERYTHING),
        ("/cameras/1/events?fps=2.5&width=64", (2.5, 64)),
        ("/stream-image?cameraId=1", EVERYTHING),
        ("/camera/stream-image?cameraid=1&updateDelay=0", EVERYTHING),
        ("/stream-image?cameraId=1&updateDelay=250", (4, 0)),
        ("/stream-image?cameraId=1&updateDelay=0.001", EVERYTHING),
    ],
)
@pytest.mark.parametrize("version", ["1.0", "1.1"])
async def test_a_stream(server: RunningServer, target: str, wanted: Told, version: str) -> None:
    async with new_camera(server) as camera:
        assert await camera.told() == NOBODY
        async with http_viewer(server) as viewer:
            await viewer.send(target, version=version)
            # Already while it waits for the very first picture.
            assert await camera.told() == wanted
            await camera.send(jpeg())
            assert (await viewer.read_head()).status == 200
        assert await camera.told() == NOBODY


@pytest.mark.parametrize(
    "target",
    [
        "/get-image?cameraId=1",
        "/camera/get-image?cameraId=1",
        SNAPSHOT,
        f"{SNAPSHOT}?width=160",
        "/?action=snapshot",
        "/list",
        "/camera/list?preview=1",
    ],
)
async def test_a_single_picture(server: RunningServer, target: str) -> None:
    async with new_camera(server) as camera:
        assert await camera.told() == NOBODY
        await fetch(server, target)
        assert await camera.told() == EVERYTHING


async def test_a_list_with_previews_looks_at_every_camera(server: RunningServer) -> None:
    async with new_camera(server, 1) as one, new_camera(server, 2) as two:
        assert await one.told() == await two.told() == NOBODY
        await fetch(server, "/list")
        assert await one.told() == await two.told() == EVERYTHING


async def moved(server: RunningServer) -> None:
    """Have the camera sent something by which it knows that nothing came before."""
    body = '{"x": 1, "y": 1}'
    async with http_viewer(server) as viewer:
        length = str(len(body))
        target = "/cameras/1/move"
        await viewer.send(
            target, method="POST", Content_Length=length, Content_Type="application/json"
        )
        await viewer.stream.send_all(body.encode())
        assert (await viewer.read_head()).status == 202


async def test_what_does_not_count(server: RunningServer) -> None:
    async with new_camera(server) as camera:
        assert await camera.told() == NOBODY
        await camera.send(jpeg())
        for target in ("/cameras", "/cameras/1", "/list?preview=0", "/hello", "/mocked-image"):
            assert (await fetch(server, target)).status == 200
        assert (await fetch(server, MJPEG, method="HEAD")).status == 200
        for target in ("/get-image?cameraId=2", f"{MJPEG}?fps=0", f"{SNAPSHOT}?width=1"):
            assert (await fetch(server, target)).status >= 400
        await moved(server)
        assert await camera.message() == struct.pack("<iff", 1, 1, 1)


async def test_live(server: RunningServer) -> None:
    async with new_camera(server) as camera:
        assert await camera.told() == NOBODY
        async with live_viewer(server) as viewer:
            await viewer.watch(1, fps=5, width=320)
            assert await camera.told() == (5, 320)
            await viewer.say("watch", 1, fps=20)
            assert await camera.told() == (20, 0)
            async with live_viewer(server) as other:
                await other.watch(1)
                assert await camera.told() == EVERYTHING
                await other.say("unwatch", 1)
                assert await camera.told() == (20, 0)
            await viewer.say("watch", 1, fps=1, width=160)
            assert await camera.told() == (1, 160)
        assert await camera.told() == NOBODY


async def test_an_old_viewer(server: RunningServer) -> None:
    async with new_camera(server) as camera:
        assert await camera.told() == NOBODY
        async with raw_viewer(server):
            # It has not said yet which camera it wants to see.
            await moved(server)
            assert await camera.message() == struct.pack("<iff", 1, 1, 1)
        async with socket_viewer(server):
            assert await camera.told() == EVERYTHING
        assert await camera.told() == NOBODY


async def test_a_viewer_that_was_there_before_the_camera(server: RunningServer) -> None:
    async with live_viewer(server) as viewer:
        await viewer.watch(1, fps=5)
        async with new_camera(server) as camera:
            assert await camera.told() == (5, 0)


async def send_when_somebody_watches(camera: NewCamera, picture: bytes) -> None:
    while True:
        fps, _ = await camera.told()
        if fps:
            await camera.send(picture)


async def test_a_snapshot_that_has_to_be_newer_is_soon_there(server: RunningServer) -> None:
    """Although the camera sends a preview every five seconds only."""
    async with new_camera(server) as camera, trio.open_nursery() as nursery:
        assert await camera.told() == NOBODY
        await camera.send(jpeg(b"preview"))
        while (await fetch(server, "/cameras/1")).body.find(b'"online"') < 0:
            pass
        nursery.start_soon(send_when_somebody_watches, camera, jpeg(b"wanted"))
        with trio.fail_after(TIMEOUT):
            answer = await fetch(server, f"{SNAPSHOT}?max_age=0&wait=60")
        assert answer.body == jpeg(b"wanted")
        nursery.cancel_scope.cancel()


async def test_who_waits_long_for_a_picture_counts_all_the_time(autojump_clock: MockClock) -> None:
    hub, publisher = Hub(), Publisher(takes_demand=True)
    with hub.connected(1, publisher):
        assert await publisher.next_message() == NONE
        hub.publish(1, jpeg())
        async with trio.open_nursery() as nursery:
            latest = hub.latest(1)
            assert latest is not None
            question = Question(Freshness(after=latest.sequence), latest)
            nursery.start_soon(fresh_frame, hub, 1, question, trio.current_time() + 60)
            await wait_all_tasks_blocked()
            assert await publisher.next_message() == ALL
            with trio.move_on_after(50) as nothing_else:
                await publisher.next_message()
            assert nothing_else.cancelled_caught
            hub.publish(1, jpeg())
        assert await publisher.next_message() == NONE
