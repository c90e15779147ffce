import threading
import time
from collections.abc import Iterator

import pytest
import trio

from camclient import capture as capture_module
from camclient.capture import Delivery, capture, thread_is_stuck
from camclient.capture_loop import Alarm
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


def test_an_alarm_ends_a_wait_at_once_and_is_used_up_by_it() -> None:
    alarm, woken = Alarm(), threading.Event()

    def wait() -> None:
        alarm.wait(60)
        woken.set()

    thread = threading.Thread(target=wait)
    thread.start()
    alarm.ring()
    assert woken.wait(5)
    thread.join()
    began = time.monotonic()
    alarm.wait(0.02)
    assert time.monotonic() - began > 0.01  # no ring is left over: that would be a busy loop
    assert not alarm.stopped()


async def test_the_thread_waits_for_the_event_loop_only_when_that_is_behind() -> None:
    took = list[Capture]()
    second, go_on, third, fourth = (threading.Event() for _ in range(4))

    def take(item: Capture) -> None:
        took.append(item)

    delivery = Delivery(take)

    def in_thread() -> None:
        delivery(PICTURES[0])
        delivery(PICTURES[1])
        second.set()
        go_on.wait(5)
        delivery(PICTURES[2])
        third.set()
        fourth.wait(5)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(trio.to_thread.run_sync, in_thread)
        await wait_until(second.is_set)
        assert took == PICTURES[:2]  # the second waited, for the first had not been taken
        go_on.set()
        # From here on the event loop does nothing, and yet the thread goes on.
        assert third.wait(5)
        assert took == PICTURES[:2]
        fourth.set()
    assert took == PICTURES[:3]
