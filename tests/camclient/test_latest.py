import pytest
import trio
from trio.testing import wait_all_tasks_blocked

from camclient.latest import LatestSlot


async def test_the_newest_item_replaces_the_one_nobody_took() -> None:
    slot = LatestSlot[int]()
    for number in (1, 2, 3):
        slot.put(number)
    assert await slot.get() == 3
    assert slot.dropped == 2


async def test_a_waiting_reader_gets_the_item_and_nothing_is_dropped(
    nursery: trio.Nursery,
) -> None:
    slot, got = LatestSlot[int](), list[int]()

    async def read() -> None:
        got.append(await slot.get())

    nursery.start_soon(read)
    await wait_all_tasks_blocked()
    slot.put(1)
    slot.put(2)
    await wait_all_tasks_blocked()
    assert got == [1]
    assert slot.dropped == 0
    assert await slot.get() == 2


async def test_what_was_cleared_is_never_given() -> None:
    slot = LatestSlot[int]()
    slot.put(1)
    slot.clear()
    slot.clear()
    with trio.move_on_after(0) as waiting:
        await slot.get()
    assert waiting.cancelled_caught
    assert slot.dropped == 1


@pytest.mark.parametrize("waits", [False, True])
async def test_a_cancelled_reader_loses_nothing(nursery: trio.Nursery, waits: bool) -> None:
    slot = LatestSlot[int]()
    with trio.CancelScope() as scope:
        if waits:
            nursery.start_soon(cancel_when_blocked, scope)
        else:
            scope.cancel()
        await slot.get()
    slot.put(5)
    assert await slot.get() == 5


async def cancel_when_blocked(scope: trio.CancelScope) -> None:
    await wait_all_tasks_blocked()
    scope.cancel()
