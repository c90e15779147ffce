"""What a publisher is told of the demand, as ingest gets it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from camserve.relay import Demand, Hub, Message, Move, Publisher, State, Viewer
from camserve.relay.audience import GLIMPSE, GRACE, Audience
from camserve.relay.demand import EVERYTHING, NOBODY

SMALL = Demand(10, 320)


class Camera:
    """Takes every message at once, and notes when it came."""

    def __init__(self, hub: Hub, *, takes_demand: bool = True) -> None:
        self.publisher = Publisher(takes_demand=takes_demand)
        self.messages: list[tuple[float, Message]] = []
        self._hub = hub

    async def run(self) -> None:
        began = trio.current_time()
        with self._hub.connected(1, self.publisher):
            while True:
                message = await self.publisher.next_message()
                self.messages.append((round(trio.current_time() - began, 6), message))
                self.publisher.sent(message)

    def told(self) -> list[Message]:
        return [message for _, message in self.messages]


@pytest.fixture
def hub() -> Hub:
    return Hub(stale_after=10)


@asynccontextmanager
async def connected(hub: Hub, *, takes_demand: bool = True) -> AsyncIterator[Camera]:
    async with trio.open_nursery() as nursery:
        camera = Camera(hub, takes_demand=takes_demand)
        nursery.start_soon(camera.run)
        await wait_all_tasks_blocked()
        yield camera
        nursery.cancel_scope.cancel()


def small() -> Viewer:
    return Viewer("live", SMALL.fps, SMALL.width)


async def test_it_hears_at_once_that_nobody_watches(hub: Hub, autojump_clock: MockClock) -> None:
    async with connected(hub) as camera:
        assert camera.messages == [(0, NOBODY)]


async def test_more_is_wanted_at_once_and_less_after_a_moment(
    hub: Hub, autojump_clock: MockClock
) -> None:
    async with connected(hub) as camera:
        await trio.sleep(1)
        with hub.watched(1, small()):
            await trio.sleep(1)
            with hub.watched(1, Viewer("mjpeg")):
                await trio.sleep(2)
            await trio.sleep(5)
        await trio.sleep(20)
    assert camera.messages == [
        (0, NOBODY),
        (1, SMALL),
        (2, EVERYTHING),
        (4 + GRACE, SMALL),
        (9 + GRACE, NOBODY),
    ]


async def test_a_glimpse_ends_by_itself(hub: Hub, autojump_clock: MockClock) -> None:
    async with connected(hub) as camera:
        await trio.sleep(1)
        hub.glimpsed(1)
        await trio.sleep(4)
        hub.glimpsed(1)
        await trio.sleep(30)
    assert camera.messages == [(0, NOBODY), (1, EVERYTHING), (5 + GLIMPSE, NOBODY)]


async def test_what_changes_nothing_is_not_told(hub: Hub, autojump_clock: MockClock) -> None:
    async with connected(hub) as camera:
        with hub.watched(1, Viewer("mjpeg")):
            for _ in range(10):
                with hub.watched(1, small()), hub.watched(2, Viewer("mjpeg")):
                    await trio.sleep(2)
                hub.glimpsed(1)
        with hub.watched(1, Viewer("mjpeg")):
            await trio.sleep(20)
    assert camera.told() == [NOBODY, EVERYTHING]


async def test_only_the_newest_is_told(hub: Hub) -> None:
    publisher = Publisher(takes_demand=True)
    with hub.connected(1, publisher):
        assert await publisher.next_message() == NOBODY
        with hub.watched(1, small()), hub.watched(1, Viewer("mjpeg")):
            assert await publisher.next_message() == EVERYTHING
            with trio.move_on_after(0) as waiting:
                await publisher.next_message()
            assert waiting.cancelled_caught


async def test_moves_find_their_place(hub: Hub) -> None:
    async with connected(hub) as camera:
        with hub.watched(1, small()):
            camera.publisher.move(1, 1)
            await wait_all_tasks_blocked()
        assert camera.told() == [NOBODY, SMALL, Move(1, 1)]


async def test_who_watched_before_the_camera_came_counts(
    hub: Hub, autojump_clock: MockClock
) -> None:
    with hub.watched(1, small()):
        await trio.sleep(60)
        async with connected(hub) as camera:
            await trio.sleep(60)
    assert camera.messages == [(0, SMALL)]


async def test_an_old_camera_is_told_nothing(hub: Hub, autojump_clock: MockClock) -> None:
    async with connected(hub, takes_demand=False) as camera:
        with hub.watched(1, small()):
            hub.glimpsed(1)
            await trio.sleep(60)
        await trio.sleep(60)
        camera.publisher.move(0, 1)
        await trio.sleep(60)
    assert camera.told() == [Move(0, 1)]


async def test_a_camera_that_was_removed_and_added_again_begins_anew(hub: Hub) -> None:
    with hub.watched(1, Viewer("mjpeg")):
        hub.remove(1)
        async with connected(hub) as camera:
            assert camera.told() == [NOBODY]
    assert hub.viewers(1) == ()


async def test_the_demand_is_not_looked_at_while_frames_come(
    hub: Hub, autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[Demand] = []
    look = Audience.demand

    def counted(audience: Audience, now: float) -> Demand:
        looks.append(look(audience, now))
        return looks[-1]

    monkeypatch.setattr(Audience, "demand", counted)
    async with connected(hub):
        with hub.watched(1, Viewer("mjpeg")):
            await wait_all_tasks_blocked()
            assert looks
            looks.clear()
            for number in range(100):
                hub.publish(1, b"%d" % number)
                await trio.sleep(36)
            assert looks == []


async def test_a_preview_each_five_seconds_keeps_a_camera_online(
    hub: Hub, autojump_clock: MockClock
) -> None:
    async with connected(hub):
        for number in range(20):
            hub.publish(1, b"%d" % number)
            for _ in range(5):
                assert hub.state(1) is State.ONLINE
                await trio.sleep(1)
        await trio.sleep(5.1)
        assert hub.state(1) is State.STALE
