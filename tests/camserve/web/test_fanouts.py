from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from camserve.relay import Hub, Subscription
from camserve.web.fanout import Fanout
from camserve.web.fanouts import Fanouts, Wanted
from camserve.web.mjpeg import KIND
from camserve.web.status import Status

MJPEG = Wanted(1, None, KIND.encoding)
REGISTERED = {1, 2}


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
async def fanouts(hub: Hub) -> AsyncIterator[Fanouts]:
    def scaled(camera_id: int, width: int) -> AbstractContextManager[Subscription]:
        raise RuntimeError("no frames in this width")

    def describe(camera_id: int) -> Status | None:
        return Status(camera_id, "", "online", None, ()) if camera_id in REGISTERED else None

    async with trio.open_nursery() as nursery:
        made = Fanouts(hub, scaled=scaled, describe=describe)
        await nursery.start(made.run)
        yield made
        nursery.cancel_scope.cancel()


async def has_ended(fanout: Fanout) -> bool:
    await wait_all_tasks_blocked()
    return fanout.ended


async def test_who_wants_the_same_shares_a_fanout(fanouts: Fanouts) -> None:
    with fanouts.joined(MJPEG) as one, fanouts.joined(MJPEG) as same:
        assert one is same
        with fanouts.joined(Wanted(2, None, KIND.encoding)) as other_camera:
            assert other_camera is not one
        with fanouts.joined(Wanted(1, None, KIND.chunked)) as other_kind:
            assert other_kind is not one


async def test_it_runs_while_somebody_watches(fanouts: Fanouts) -> None:
    with fanouts.joined(MJPEG) as first:
        with fanouts.joined(MJPEG):
            pass
        assert not await has_ended(first)
    assert await has_ended(first)
    with fanouts.joined(MJPEG) as next_one:
        assert next_one is not first


async def test_it_ends_with_its_camera_and_begins_anew_with_it(fanouts: Fanouts, hub: Hub) -> None:
    with fanouts.joined(MJPEG) as before:
        await wait_all_tasks_blocked()
        hub.remove(1)
        await wait_all_tasks_blocked()
        assert before.ended
        with fanouts.joined(MJPEG) as after:
            await wait_all_tasks_blocked()
            assert not after.ended


async def test_a_camera_that_was_just_removed_gives_no_endless_stream(fanouts: Fanouts) -> None:
    with fanouts.joined(Wanted(9, None, KIND.encoding)) as fanout:
        await wait_all_tasks_blocked()
        assert fanout.ended


async def test_one_that_fails_ends_its_streams_and_no_others(
    fanouts: Fanouts, caplog: pytest.LogCaptureFixture
) -> None:
    broken = Wanted(1, 320, KIND.encoding)
    with fanouts.joined(MJPEG) as healthy, fanouts.joined(broken) as failing:
        await wait_all_tasks_blocked()
        assert failing.ended
        assert not healthy.ended
    assert "no frames in this width" in caplog.text
