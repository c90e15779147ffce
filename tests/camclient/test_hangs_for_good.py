"""When only a new process helps, and the service manager's watchdog shall have its way."""

import pytest
import trio

from camclient import capture as module
from camclient.capture import capture, hangs_for_good
from camclient.latest import LatestSlot
from camclient.sources.source import Capture
from tests.camclient.fakes import FakeSource, HangingSource, wait_until


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_TIMEOUT", 0.01)
    monkeypatch.setattr(module, "INTERRUPT_GRACE", 0.01)
    monkeypatch.setattr(module, "WATCH_INTERVAL", 0.01)


async def test_a_driver_that_hangs_again_and_again_until_it_lets_go(
    nursery: trio.Nursery, slot: LatestSlot[Capture]
) -> None:
    sources = [HangingSource()]

    def another() -> HangingSource:
        assert not hangs_for_good()  # while there is another try
        sources.append(HangingSource())
        return sources[-1]

    async def read() -> None:
        await capture(sources[0], slot, another=another)

    nursery.start_soon(read)
    await wait_until(hangs_for_good)
    assert len(sources) == module.MOST_HUNG + 1
    sources[0].go_on.set()
    await wait_until(lambda: not hangs_for_good())
    nursery.cancel_scope.cancel()
    for source in sources:
        source.go_on.set()


async def test_a_camera_that_is_not_there_is_no_such_case(
    nursery: trio.Nursery, slot: LatestSlot[Capture]
) -> None:
    source = FakeSource(lambda: iter(()))
    nursery.start_soon(capture, source, slot)
    await wait_until(lambda: source.opened >= 2)
    assert not hangs_for_good()
    nursery.cancel_scope.cancel()


async def test_the_end_leaves_nothing_behind(slot: LatestSlot[Capture]) -> None:
    sources = [HangingSource() for _ in range(module.MOST_HUNG + 1)]
    rest = iter(sources[1:])
    async with trio.open_nursery() as nursery:

        async def read() -> None:
            await capture(sources[0], slot, another=lambda: next(rest))

        nursery.start_soon(read)
        await wait_until(hangs_for_good)
        nursery.cancel_scope.cancel()
    assert not hangs_for_good()
    for source in sources:
        source.go_on.set()
