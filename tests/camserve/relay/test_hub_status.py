"""Who shows a camera's state waits for it to change; time alone may change it, too."""

import pytest
import trio
from trio.testing import MockClock, wait_all_tasks_blocked

from camserve.relay import Hub, Publisher, State

STALE_AFTER = 10.0


@pytest.fixture
def hub() -> Hub:
    return Hub(stale_after=STALE_AFTER)


@pytest.fixture
def changes(hub: Hub, nursery: trio.Nursery) -> list[State]:
    """The states of camera 1 as someone sees them who waits for changes."""
    seen: list[State] = []

    async def watch() -> None:
        while True:
            seen.append(hub.state(1))
            await hub.wait_status_change(1)

    nursery.start_soon(watch)
    return seen


async def test_each_change_is_noticed_when_it_happens(
    hub: Hub, changes: list[State], autojump_clock: MockClock
) -> None:
    await wait_all_tasks_blocked()
    assert changes == [State.OFFLINE]
    with hub.connected(1, Publisher()):
        await wait_all_tasks_blocked()
        assert changes[1:] == [State.STALE]
        hub.publish(1, b"jpeg")
        await wait_all_tasks_blocked()
        assert changes[2:] == [State.ONLINE]
        hub.publish(1, b"jpeg")
        await wait_all_tasks_blocked()
        assert changes[3:] == []
        await trio.sleep(STALE_AFTER + 1)
        assert changes[3:] == [State.STALE]
        await trio.sleep(1000)
        assert changes[4:] == []
    await wait_all_tasks_blocked()
    assert changes[4:] == [State.OFFLINE]


async def test_a_frame_puts_off_what_time_would_change(
    hub: Hub, changes: list[State], autojump_clock: MockClock
) -> None:
    with hub.connected(1, Publisher()):
        for _ in range(5):
            hub.publish(1, b"jpeg")
            await trio.sleep(STALE_AFTER / 2)
        assert set(changes[1:]) == {State.ONLINE}
        assert hub.state(1) is State.ONLINE


async def test_an_upload_ends_by_itself(
    hub: Hub, changes: list[State], autojump_clock: MockClock
) -> None:
    await wait_all_tasks_blocked()
    hub.publish(1, b"jpeg", uploaded=True)
    await trio.sleep(STALE_AFTER + 1)
    assert changes == [State.OFFLINE, State.ONLINE, State.OFFLINE]


async def test_what_others_changed_and_the_end_are_noticed(
    hub: Hub, changes: list[State], autojump_clock: MockClock
) -> None:
    await wait_all_tasks_blocked()
    hub.note_status_change(1)
    await wait_all_tasks_blocked()
    hub.remove(1)
    await wait_all_tasks_blocked()
    assert changes == [State.OFFLINE] * 3
