"""A camera's frames in another size, as streams ask for them."""

import sys

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from camserve.relay import Frame, Hub, Subscription
from camserve.scaling import Scaler, ScalingUnavailableError, UndecodableError

from .conftest import TIMEOUT, Scissors, running
from .pictures import BROKEN, picture, shape


async def receive(subscription: Subscription) -> Frame:
    with trio.fail_after(TIMEOUT):
        return await subscription.receive()


async def test_begins_with_the_latest_and_goes_on(hub: Hub, scaler: Scaler) -> None:
    latest = hub.publish(1, picture(640, 480))
    with scaler.subscribe(1, 160) as frames:
        first = await receive(frames)
        assert first.sequence == latest.sequence
        assert shape(first.jpeg) == (160, 120)
        hub.publish(2, picture(640, 480))
        following = hub.publish(1, picture(320, 160))
        second = await receive(frames)
        assert second.sequence == following.sequence
        assert shape(second.jpeg) == (160, 80)


async def test_all_viewers_of_a_width_get_the_same_frame(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    hub.publish(1, b"one")
    with scaler.subscribe(1, 100) as first, scaler.subscribe(1, 100) as second:
        assert await receive(first) is await receive(second)
        with scaler.subscribe(1, 100) as late:
            assert (await receive(late)).jpeg == b"100:one"
        hub.publish(1, b"two")
        assert await receive(first) is await receive(second)
    assert scissors.cuts == [b"100:one", b"100:two"]


async def test_snapshots_and_streams_share_the_work(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    frame = hub.publish(1, b"one")
    snapshot = await scaler.scaled(frame, 100)
    with scaler.subscribe(1, 100) as frames:
        assert await receive(frames) is snapshot
    assert len(scissors.cuts) == 1


async def test_only_the_newest_frame_is_scaled(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    scissors.open.clear()
    hub.publish(1, b"one")
    with scaler.subscribe(1, 100) as frames:
        await scissors.wait_cuts(1)
        for content in (b"two", b"three", b"four"):
            hub.publish(1, content)
        scissors.open.set()
        assert (await receive(frames)).jpeg == b"100:one"
        assert (await receive(frames)).jpeg == b"100:four"
    assert scissors.cuts == [b"100:one", b"100:four"]


async def test_a_slow_viewer_gets_the_newest(hub: Hub, scaler: Scaler, scissors: Scissors) -> None:
    with scaler.subscribe(1, 100) as slow, scaler.subscribe(1, 100) as quick:
        for content in (b"one", b"two", b"three"):
            hub.publish(1, content)
            await receive(quick)
        assert (await receive(slow)).jpeg == b"100:three"
        assert slow.dropped == 2


async def test_nothing_is_scaled_when_nobody_watches(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    with scaler.subscribe(1, 100) as frames:
        hub.publish(1, b"one")
        await receive(frames)
    hub.publish(1, b"two")
    await wait_all_tasks_blocked()
    hub.publish(1, b"three")
    with scaler.subscribe(1, 200) as frames:
        assert (await receive(frames)).jpeg == b"200:three"
    assert scissors.cuts == [b"100:one", b"200:three"]


async def test_who_comes_when_the_last_one_leaves(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    scissors.open.clear()
    frame = hub.publish(1, b"one")
    with scaler.subscribe(1, 100):
        await scissors.wait_cuts(1)
    with scaler.subscribe(1, 100) as frames:
        scissors.open.set()
        assert (await receive(frames)).sequence == frame.sequence
        following = hub.publish(1, b"two")
        assert (await receive(frames)).sequence == following.sequence


async def test_what_opencv_cannot_read_is_left_out(
    hub: Hub, mock_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(Scaler(hub)) as scaler:
        with scaler.subscribe(1, 160) as frames:
            for seconds in (0.0, 0.5, 0.6):
                mock_clock.jump(seconds)
                with pytest.raises(UndecodableError):
                    await scaler.scaled(hub.publish(1, BROKEN), 160)
                await wait_all_tasks_blocked()
            good = hub.publish(1, picture(640, 480))
            assert (await receive(frames)).sequence == good.sequence
    messages = [record.getMessage() for record in caplog.records]
    assert messages == ["camera 1: skipped a frame that OpenCV cannot read"] * 2


@pytest.mark.parametrize("end", ["remove", "close"])
async def test_ends_with_the_camera_after_the_last_frame(
    hub: Hub, scaler: Scaler, scissors: Scissors, end: str
) -> None:
    scissors.open.clear()
    hub.publish(1, b"last")
    with scaler.subscribe(1, 100) as frames:
        await scissors.wait_cuts(1)
        hub.remove(1) if end == "remove" else hub.close()
        scissors.open.set()
        assert (await receive(frames)).jpeg == b"100:last"
        with pytest.raises(trio.EndOfChannel):
            await receive(frames)
    if end == "remove":
        # A camera that is added again is a new one.
        with scaler.subscribe(1, 100) as frames:
            hub.publish(1, b"again")
            assert (await receive(frames)).jpeg == b"100:again"


async def test_without_opencv_the_caller_knows_at_once(
    scaler: Scaler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ScalingUnavailableError):
        scaler.subscribe(1, 160)


async def test_a_broken_opencv_ends_the_stream(
    hub: Hub, scaler: Scaler, scissors: Scissors, caplog: pytest.LogCaptureFixture
) -> None:
    scissors.error = ScalingUnavailableError("OpenCV is broken")
    hub.publish(1, b"one")
    with scaler.subscribe(1, 160) as frames, pytest.raises(trio.EndOfChannel):
        await receive(frames)
    assert "camera 1: OpenCV is broken" in caplog.text
