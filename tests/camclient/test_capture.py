import threading
from collections.abc import Iterator

import pytest
import trio

from camclient import capture as capture_module
from camclient.capture import capture, thread_is_stuck
from camclient.latest import LatestSlot
from camclient.sources.source import Capture
from tests.camclient.fakes import FakeCapture, FakeSource, HangingSource, wait_until

PICTURES = [FakeCapture(bytes([number])) for number in range(4)]


async def test_pictures_reach_the_slot_and_cancelling_releases_the_source(
    nursery: trio.Nursery,
) -> None:
    def endless() -> Iterator[Capture | Exception]:
        while True:
            yield PICTURES[0]

    source, slot = FakeSource(endless), LatestSlot[Capture]()
    async with trio.open_nursery() as inner:
        inner.start_soon(capture, source, slot)
        assert await slot.get() is PICTURES[0]
        assert await slot.get() is PICTURES[0]
        inner.cancel_scope.cancel()
    assert (source.opened, source.closed) == (1, 1)
    assert not thread_is_stuck()


async def test_a_picture_from_before_a_fault_is_not_given_after_it(
    nursery: trio.Nursery,
) -> None:
    class Waits(FakeSource):
        def open(self) -> None:
            if self.opened == 1:
                opened_again.set()
            super().open()

    opened_again = threading.Event()
    source, slot = Waits(lambda: iter([PICTURES[0]])), LatestSlot[Capture]()
    nursery.start_soon(capture, source, slot)
    await trio.to_thread.run_sync(opened_again.wait, 5)
    nursery.cancel_scope.cancel()
    assert slot.dropped >= 1


async def test_a_thread_that_hangs_in_the_driver_is_abandoned_and_cleans_up_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(capture_module, "RELEASE_TIMEOUT", 0.01)
    source, slot = HangingSource(), LatestSlot[Capture]()
    with trio.fail_after(5):
        async with trio.open_nursery() as inner:
            inner.start_soon(capture, source, slot)
            await slot.get()
            await trio.to_thread.run_sync(source.hangs.wait)
            inner.cancel_scope.cancel()
        assert thread_is_stuck()
        assert not source.closed.is_set()
        source.go_on.set()
        await trio.to_thread.run_sync(source.closed.wait)
        await wait_until(lambda: not thread_is_stuck())  # its name goes a moment later
    with trio.move_on_after(0) as waiting:
        await slot.get()
    assert waiting.cancelled_caught, "a picture came after the end"
