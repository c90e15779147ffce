"""What viewers want decides what is sent; against a fake server, and against the real one."""

from pathlib import Path

import pytest
import trio

from camclient.latest import LatestSlot
from camclient.meter import Meter
from camclient.rate import Bounds, Rate
from camclient.run import publish
from camclient.sources.source import Capture
from camserve.wire import (
    SUBPROTOCOL,
    UNLIMITED_FPS,
    BackChannelEvent,
    FrameReceived,
    encode_demand,
)
from tests.camclient.fakes import (
    CameraServer,
    FakeCapture,
    Push,
    Session,
    greet,
    start_server,
    wait_until,
)
from tests.links.stamped import StampedSource
from tests.links.viewer import Viewer, opener
from tests.serving import RunningServer, running_server

FPS = 50.0
PREVIEW = 60.0  # seconds; none comes within a test


@pytest.fixture
async def agreeing(nursery: trio.Nursery) -> CameraServer:
    return await start_server(nursery, subprotocol=SUBPROTOCOL)


async def next_frame(session: Session) -> FrameReceived:
    with trio.fail_after(5):
        event = await session.next_event()
    assert isinstance(event, FrameReceived)
    return event


async def test_a_demand_is_obeyed_and_shown_and_not_handed_on(
    agreeing: CameraServer, begin: Push, rate: Rate
) -> None:
    got = list[BackChannelEvent]()
    begin(agreeing.url, got.append)
    session = await greet(agreeing)
    assert session.socket.subprotocol == SUBPROTOCOL
    await session.socket.send_message(encode_demand(4.5, 320))
    await wait_until(lambda: rate.width)
    assert (rate.fps, rate.width, got) == (4.5, 320, [])
    assert rate.meter.snapshot().demanded_fps == 4.5


async def test_pictures_are_encoded_as_wide_as_they_are_wanted(
    agreeing: CameraServer, begin: Push, rate: Rate, slot: LatestSlot[Capture]
) -> None:
    class Wide(FakeCapture):
        def encode(self, quality: int, width: int = 0) -> bytes:
            return b"%d" % width

    begin(agreeing.url)
    session = await greet(agreeing)
    await session.socket.send_message(encode_demand(UNLIMITED_FPS, 320))
    await wait_until(lambda: rate.width)
    slot.put(Wide(b""))
    assert (await next_frame(session)).payload == b"320"


async def test_a_server_of_the_old_kind_gets_everything(
    server: CameraServer, begin: Push, rate: Rate, slot: LatestSlot[Capture]
) -> None:
    begin(server.url)
    session = await greet(server)
    for number in range(3):
        slot.put(FakeCapture(b"%d" % number))
        await next_frame(session)
    assert rate.fps is None


async def test_a_picture_from_long_before_the_connection_is_not_sent(
    agreeing: CameraServer, begin: Push, slot: LatestSlot[Capture], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camclient.connection.FRESH", 1e-9)
    slot.put(FakeCapture(b"old"))
    begin(agreeing.url)
    session = await greet(agreeing)
    slot.put(FakeCapture(b"new"))
    assert (await next_frame(session)).payload.startswith(b"new")


async def publish_to(server: RunningServer, source: StampedSource, meter: Meter) -> None:
    camera = server.cameras[0]
    await publish(
        source,
        server_url=f"ws://127.0.0.1:{server.ingest_port}",
        camera_id=camera.id,
        token=server.token(camera),
        bounds=Bounds(preview_interval=PREVIEW),
        meter=meter,
    )


async def test_with_the_real_server_the_first_viewer_has_full_rate_at_once(
    nursery: trio.Nursery, tmp_path: Path
) -> None:
    async with running_server(tmp_path) as server:
        source, meter = StampedSource(FPS, 5000), Meter()
        async with trio.open_nursery() as camera:
            camera.start_soon(publish_to, server, source, meter)
            # One preview, at once, and then nothing for a minute.
            await wait_until(lambda: meter.snapshot().fps and meter.demanded_fps == 0)
            viewer = Viewer(opener(server.http_port))
            began = trio.current_time()
            camera.start_soon(viewer.watch)
            with trio.fail_after(5):
                first = await viewer.picture()
            assert trio.current_time() - began < 0.5  # not a preview's minute
            assert first.age < 0.5
            seen = await viewer.pictures(1)
            assert len(seen) > 0.7 * FPS
            camera.cancel_scope.cancel()


async def test_when_the_last_viewer_has_left_hardly_anything_is_sent(
    nursery: trio.Nursery, tmp_path: Path
) -> None:
    async with running_server(tmp_path) as server:
        source, meter = StampedSource(FPS, 5000), Meter()
        async with trio.open_nursery() as camera:
            camera.start_soon(publish_to, server, source, meter)
            async with trio.open_nursery() as watching:
                viewer = Viewer(opener(server.http_port))
                watching.start_soon(viewer.watch)
                with trio.fail_after(5):
                    while len(viewer.seen) < 20:
                        await viewer.picture()
                watching.cancel_scope.cancel()
            await wait_until(lambda: meter.demanded_fps == 0)
            before = source.sequence
            await trio.sleep(20 / FPS)
            assert source.sequence <= before + 2  # what was under way, and a preview
            camera.cancel_scope.cancel()
