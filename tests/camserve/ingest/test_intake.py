"""A camera that sends too often is served at the pace that it may have, and is not cut."""

import pytest
import trio
import trio.testing

from camserve.ingest.intake import COMPLAINT_INTERVAL, Intake
from camserve.relay import CameraLimits, Ending, Hub, Publisher
from tests.serving import jpeg

RATE = 20
BURST = 5  # of such a rate


def latest(hub: Hub) -> bytes:
    frame = hub.latest(1)
    assert frame is not None
    return frame.jpeg


async def test_the_newest_is_shown_when_its_time_has_come(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    hub = Hub(limits=CameraLimits(frame_rate=RATE))
    intake = Intake(hub, 1, Publisher())
    async with trio.open_nursery() as nursery:
        nursery.start_soon(intake.run)
        for number in range(100):
            intake.take(jpeg(number))
        assert latest(hub) == jpeg(BURST - 1)
        await trio.sleep(1)
        assert latest(hub) == jpeg(99)
        assert (hub.traffic(1).frames, hub.traffic(1).excess) == (BURST + 1, 100 - BURST - 1)
        intake.take(jpeg(b"next"))
        assert latest(hub) == jpeg(b"next")
        await trio.sleep(1)
        assert latest(hub) == jpeg(b"next"), "nothing older comes after it"
        nursery.cancel_scope.cancel()
    assert intake.frames == 101
    (line,) = caplog.messages
    assert line.startswith("camera 1 sends more than 20 frames per second")


async def test_what_waits_is_dropped_when_a_newer_one_is_in_time(
    autojump_clock: trio.testing.MockClock,
) -> None:
    hub = Hub(limits=CameraLimits(frame_rate=RATE))
    intake = Intake(hub, 1, Publisher())
    for number in range(BURST + 1):
        intake.take(jpeg(number))
    await trio.sleep(1)
    intake.take(jpeg(b"newer"))
    async with trio.open_nursery() as nursery:
        nursery.start_soon(intake.run)
        await trio.sleep(1)
        nursery.cancel_scope.cancel()
    assert latest(hub) == jpeg(b"newer")
    assert hub.traffic(1).excess == 1


async def test_at_most_a_line_a_minute(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    hub = Hub(limits=CameraLimits(frame_rate=RATE))
    intake = Intake(hub, 1, Publisher())
    for _ in range(3 * int(COMPLAINT_INTERVAL)):
        for number in range(RATE):
            intake.take(jpeg(number))
        await trio.sleep(0.5)
    assert len(caplog.messages) == 2


async def test_a_removed_camera_does_not_come_back(
    autojump_clock: trio.testing.MockClock,
) -> None:
    hub = Hub(limits=CameraLimits(frame_rate=RATE))
    publisher = Publisher()
    intake = Intake(hub, 1, publisher)
    for number in range(BURST + 1):
        intake.take(jpeg(number))
    # Its scope is not around this task, as when the task was awake already.
    publisher.end(Ending.REMOVED)
    hub.remove(1)
    await intake.run()
    assert hub.latest(1) is None
