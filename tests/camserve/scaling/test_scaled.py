"""One frame in another size, as snapshots ask for it."""

import sys

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from camserve.relay import Frame, Hub
from camserve.scaling import Scaler, ScalingUnavailableError, UndecodableError
from camserve.scaling.scaler import FORGET_AFTER

from .conftest import Scissors, running
from .pictures import BROKEN, picture, shape


def length(frame: Frame) -> bytes:
    return b"%d" % len(frame.jpeg)


async def test_the_same_frame_with_a_smaller_picture(hub: Hub, scaler: Scaler) -> None:
    frame = hub.publish(1, picture(640, 480))
    assert frame.shared(length) == b"%d" % len(frame.jpeg)
    small = await scaler.scaled(frame, 160)
    assert shape(small.jpeg) == (160, 120)
    assert (small.camera_id, small.sequence) == (1, frame.sequence)
    assert (small.arrived_at, small.arrived) == (frame.arrived_at, frame.arrived)
    assert small.shared(length) == b"%d" % len(small.jpeg)


async def test_never_enlarged(hub: Hub, scaler: Scaler) -> None:
    frame = hub.publish(1, picture(640, 480))
    assert await scaler.scaled(frame, 640) is frame


async def test_undecodable(hub: Hub, scaler: Scaler) -> None:
    with pytest.raises(UndecodableError):
        await scaler.scaled(hub.publish(1, BROKEN), 100)


async def test_made_once_for_all_who_ask(hub: Hub, scaler: Scaler, scissors: Scissors) -> None:
    scissors.open.clear()
    frame = hub.publish(1, b"picture")
    results = []

    async def ask() -> None:
        results.append(await scaler.scaled(frame, 100))

    async with trio.open_nursery() as nursery:
        for _ in range(10):
            nursery.start_soon(ask)
        await scissors.wait_cuts(1)
        await wait_all_tasks_blocked()
        scissors.open.set()
    await ask()
    assert scissors.cuts == [b"100:picture"]
    assert len(results) == 11
    assert all(result is results[0] for result in results)


async def test_frames_widths_and_cameras_are_not_mixed_up(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    one, two, other = hub.publish(1, b"one"), hub.publish(1, b"two"), hub.publish(2, b"other")
    asked = [(one, 100), (two, 100), (two, 200), (other, 100)]
    results = [(await scaler.scaled(frame, width)).jpeg for frame, width in asked]
    assert results == [b"100:one", b"100:two", b"200:two", b"100:other"]


async def test_only_the_newest_result_is_kept(hub: Hub, scaler: Scaler, scissors: Scissors) -> None:
    one, two = hub.publish(1, b"one"), hub.publish(1, b"two")
    for frame in (one, two, two, one, two):
        await scaler.scaled(frame, 100)
    # The second `two` and the last one were there; `one` was forgotten for it, twice.
    assert scissors.cuts == [b"100:one", b"100:two", b"100:one"]


async def test_kept_for_a_few_seconds_only(
    hub: Hub, scissors: Scissors, mock_clock: MockClock
) -> None:
    async with running(Scaler(hub)) as scaler:
        frame = hub.publish(1, b"picture")
        mock_clock.jump(1.0)
        await scaler.scaled(frame, 100)
        mock_clock.jump(FORGET_AFTER - 1.0)
        await wait_all_tasks_blocked()
        await scaler.scaled(frame, 100)
        assert len(scissors.cuts) == 1
        mock_clock.jump(FORGET_AFTER)
        await wait_all_tasks_blocked()
        await scaler.scaled(frame, 100)
        assert len(scissors.cuts) == 2


async def test_who_goes_takes_nothing_from_the_others(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    scissors.open.clear()
    frame = hub.publish(1, b"picture")
    async with trio.open_nursery() as nursery:
        impatient = trio.CancelScope()

        async def ask_and_go() -> None:
            with impatient:
                await scaler.scaled(frame, 100)

        async def ask() -> None:
            assert (await scaler.scaled(frame, 100)).jpeg == b"100:picture"

        nursery.start_soon(ask_and_go)
        await scissors.wait_cuts(1)
        nursery.start_soon(ask)
        await wait_all_tasks_blocked()
        impatient.cancel()
        await wait_all_tasks_blocked()
        scissors.open.set()
    assert impatient.cancelled_caught
    assert len(scissors.cuts) == 1


async def test_nothing_is_made_for_who_has_gone(
    hub: Hub, scissors: Scissors, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With every thread busy, what strangers ask for and leave does not pile up."""
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    scissors.open.clear()
    async with running(Scaler(hub)) as scaler, trio.open_nursery() as nursery:
        nursery.start_soon(scaler.scaled, hub.publish(2, b"other"), 100)
        await scissors.wait_cuts(1)
        frame = hub.publish(1, b"picture")
        with trio.CancelScope() as impatient:
            nursery.start_soon(_cancel_when_blocked, impatient)
            await scaler.scaled(frame, 100)
        assert impatient.cancelled_caught
        scissors.open.set()
        assert (await scaler.scaled(frame, 200)).jpeg == b"200:picture"
        assert scissors.cuts == [b"100:other", b"200:picture"]
        # Who asks afterwards does not get the work that was given up.
        assert (await scaler.scaled(frame, 100)).jpeg == b"100:picture"


async def _cancel_when_blocked(scope: trio.CancelScope) -> None:
    await wait_all_tasks_blocked()
    scope.cancel()


async def test_a_failure_is_everybodys_and_not_repeated(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    scissors.error = UndecodableError("no")
    frame = hub.publish(1, b"picture")
    for _ in range(3):
        with pytest.raises(UndecodableError, match="no"):
            await scaler.scaled(frame, 100)
    assert len(scissors.cuts) == 1


async def test_an_unexpected_error_ends_nothing(
    hub: Hub, scaler: Scaler, scissors: Scissors, caplog: pytest.LogCaptureFixture
) -> None:
    scissors.error = ZeroDivisionError()
    with pytest.raises(UndecodableError):
        await scaler.scaled(hub.publish(1, b"picture"), 100)
    assert "a frame of camera 1 broke the scaler" in caplog.text
    scissors.error = None
    assert (await scaler.scaled(hub.publish(1, b"next"), 100)).jpeg == b"100:next"


async def test_without_opencv(hub: Hub, scaler: Scaler, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(ScalingUnavailableError):
        await scaler.scaled(hub.publish(1, picture(640, 480)), 160)
