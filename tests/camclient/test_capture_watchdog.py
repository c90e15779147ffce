"""Sources that hang: given up, interrupted, left behind, and never two threads in one of them."""

import threading
from collections.abc import Callable, Iterator

import pytest
import trio

from camclient import capture as module
from camclient.capture import capture, thread_is_stuck
from camclient.latest import LatestSlot
from camclient.sources.source import Capture, SourceError
from tests.camclient.fakes import FakeCapture, FakeSource, HangingSource, wait_until

PICTURE = FakeCapture(b"picture")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "READ_TIMEOUT", 0.05)
    monkeypatch.setattr(module, "OPEN_TIMEOUT", 0.05)
    monkeypatch.setattr(module, "INTERRUPT_GRACE", 0.05)
    monkeypatch.setattr(module, "WATCH_INTERVAL", 0.01)


def endless() -> Iterator[Capture]:
    while True:
        yield PICTURE


class FakePace:
    """What viewers want, as a test says."""

    def __init__(self, fps: float | None) -> None:
        self.fps = fps
        self.call: Callable[[], None] | None = None

    def on_change(self, call: Callable[[], None] | None) -> None:
        self.call = call

    def change(self, fps: float | None) -> None:
        self.fps = fps
        assert self.call is not None
        self.call()


class Interruptible(FakeSource):
    """Hangs when it is opened for the first time, and lets go when it is interrupted."""

    def __init__(self) -> None:
        super().__init__(endless, pace=200)
        self._interrupted = threading.Event()

    def read(self) -> Capture:
        if self.opened == 1:
            self._interrupted.wait()
            raise SourceError("interrupted")
        return super().read()

    def interrupt(self) -> None:
        super().interrupt()
        self._interrupted.set()


async def test_a_source_that_can_be_interrupted_is_opened_again_in_its_own_thread(
    nursery: trio.Nursery, slot: LatestSlot[Capture], caplog: pytest.LogCaptureFixture
) -> None:
    source = Interruptible()
    nursery.start_soon(capture, source, slot)
    with trio.fail_after(5):
        assert await slot.get() is PICTURE
    assert (source.opened, source.interrupted) == (2, 1)
    assert caplog.messages == ["source fake: no picture for 0.05 s; trying again"]
    nursery.cancel_scope.cancel()


async def test_one_that_cannot_is_left_behind_and_a_fresh_one_takes_its_place(
    nursery: trio.Nursery, slot: LatestSlot[Capture], caplog: pytest.LogCaptureFixture
) -> None:
    hanging, fresh = HangingSource(), FakeSource(endless, pace=200)
    pace = FakePace(None)

    async def read() -> None:
        await capture(hanging, slot, pace=pace, another=lambda: fresh)

    nursery.start_soon(read)
    with trio.fail_after(5):
        assert await slot.get() == FakeCapture(b"one")
        assert await slot.get() is PICTURE
    assert not hanging.closed.is_set()  # nobody else touches it
    pace.change(7)
    assert fresh.limits[-1] == 7
    assert caplog.messages == [
        "source hanging: no picture for 0.05 s, and it hangs in its driver; trying again"
    ]
    hanging.go_on.set()
    await trio.to_thread.run_sync(hanging.closed.wait, 5)
    nursery.cancel_scope.cancel()


async def test_what_a_thread_gives_that_was_left_behind_is_thrown_away(
    nursery: trio.Nursery, slot: LatestSlot[Capture]
) -> None:
    hanging, fresh = HangingSource(), FakeSource(lambda: iter(()))

    async def read() -> None:
        await capture(hanging, slot, another=lambda: fresh)

    nursery.start_soon(read)
    await wait_until(lambda: fresh.opened)
    slot.clear()
    hanging.go_on.set()
    await trio.to_thread.run_sync(hanging.closed.wait, 5)
    with trio.move_on_after(0) as waiting:
        await slot.get()
    assert waiting.cancelled_caught
    nursery.cancel_scope.cancel()


async def test_without_another_source_it_is_waited_for(
    nursery: trio.Nursery, slot: LatestSlot[Capture], caplog: pytest.LogCaptureFixture
) -> None:
    hanging = HangingSource()
    nursery.start_soon(capture, hanging, slot)
    await wait_until(lambda: "it hangs in its driver" in caplog.text)
    hanging.go_on.set()
    with trio.fail_after(5):  # it is closed, and opened again after a pause
        assert await slot.get() == FakeCapture(b"one")
    assert hanging.closed.is_set()
    nursery.cancel_scope.cancel()


class Stuck(FakeSource):
    """Hangs while it is opened."""

    def __init__(self, go_on: threading.Event) -> None:
        super().__init__(endless)
        self._go_on = go_on

    def open(self) -> None:
        super().open()
        self._go_on.wait()


async def test_threads_that_hang_are_few_however_long_it_takes(
    nursery: trio.Nursery, slot: LatestSlot[Capture], caplog: pytest.LogCaptureFixture
) -> None:
    go_on = threading.Event()
    made = [Stuck(go_on)]

    def another() -> Stuck:
        made.append(Stuck(go_on))
        return made[-1]

    async def read() -> None:
        await capture(made[0], slot, another=another)

    nursery.start_soon(read)
    await wait_until(module.hangs_for_good)
    await trio.sleep(10 * module.OPEN_TIMEOUT)  # nothing more happens
    assert len(made) == module.MOST_HUNG + 1
    assert caplog.messages == [
        "source fake: not open after 0.05 s, and it hangs in its driver; trying again"
    ]
    nursery.cancel_scope.cancel()
    go_on.set()
    await wait_until(lambda: not thread_is_stuck())
    assert all(source.closed for source in made)


async def test_a_camera_that_nobody_wants_pictures_of_may_take_its_time(
    nursery: trio.Nursery, slot: LatestSlot[Capture]
) -> None:
    asked = threading.Event()

    class Slow(FakeSource):
        def read(self) -> Capture:
            if self.opened == 1:
                asked.wait(6 * module.READ_TIMEOUT)
            return super().read()

    source, pace = Slow(endless), FakePace(1 / (10 * module.READ_TIMEOUT))

    async def read() -> None:
        await capture(source, slot, pace=pace)

    nursery.start_soon(read)
    with trio.fail_after(5):
        await slot.get()
    assert source.opened == 1
    assert not source.interrupted
    nursery.cancel_scope.cancel()


async def test_a_source_is_told_of_the_rate_before_it_is_opened_and_at_each_change(
    nursery: trio.Nursery, slot: LatestSlot[Capture]
) -> None:
    source, pace = FakeSource(endless, pace=100), FakePace(0.2)

    async def read() -> None:
        await capture(source, slot, pace=pace)

    async with trio.open_nursery() as inner:
        inner.start_soon(read)
        await slot.get()
        pace.change(None)
        assert source.limits == [0.2, None]
        inner.cancel_scope.cancel()
    assert pace.call is None


async def test_many_faults_leave_no_threads_behind(slot: LatestSlot[Capture]) -> None:
    before = threading.active_count()
    for _ in range(20):
        source = FakeSource(lambda: iter([PICTURE]))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(capture, source, slot)
            await slot.get()
            nursery.cancel_scope.cancel()
    assert threading.active_count() <= before + 1  # trio keeps one for the next who needs it
    assert not thread_is_stuck()
