import logging
import threading
from collections.abc import Iterator

import pytest
import trio

from camclient import capture as capture_module
from camclient.backoff import Backoff
from camclient.capture import CaptureLoop, capture, thread_is_stuck
from camclient.latest import LatestSlot
from camclient.sources.source import Capture, SourceError
from tests.camclient.fakes import FakeCapture, FakeSource, HangingSource, wait_until

PICTURES = [FakeCapture(bytes([number])) for number in range(4)]


class FakeTime(threading.Event):
    """A stop signal and a clock in one: waiting takes no time, only the clock goes on."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.now = 0.0
        self.waited: list[float] = []
        self._left = waits

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        if timeout:
            self.waited.append(timeout)
            self._left -= 1
            if not self._left:
                self.set()
        self.now += timeout
        return self.is_set()


def run_loop(source: FakeSource, waits: int) -> tuple[list[Capture], int, FakeTime]:
    """Runs a capture loop for so many waits: what it delivered, how often it lost the source."""
    time, delivered, lost = FakeTime(waits), list[Capture](), list[None]()
    backoff = Backoff(pick=lambda low, high: high)
    CaptureLoop(
        source, delivered.append, lambda: lost.append(None), time, backoff, lambda: time.now
    ).run()
    return delivered, len(lost), time


def test_a_source_without_a_pace_of_its_own_is_read_on_schedule() -> None:
    source = FakeSource(lambda: iter([*PICTURES, *PICTURES]), pace=4)
    delivered, lost, time = run_loop(source, waits=3)
    assert delivered == PICTURES[:3]
    assert time.waited == [0.25, 0.25, 0.25]
    assert (source.opened, source.closed, lost) == (1, 1, 0)


def test_a_source_that_ends_is_opened_again_after_growing_delays(
    caplog: pytest.LogCaptureFixture,
) -> None:
    source = FakeSource(lambda: iter([SourceError("unplugged")]))
    delivered, lost, time = run_loop(source, waits=9)
    assert delivered == []
    assert time.waited == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert source.opened == source.closed == lost == 9
    assert caplog.messages == ["source fake: unplugged; trying again"]


def test_a_camera_that_works_is_never_opened_again() -> None:
    class Stops(FakeSource):
        def read(self) -> Capture:
            picture = super().read()
            if picture is PICTURES[3]:
                time.set()
            return picture

    time, delivered = FakeTime(1), list[Capture]()
    source = Stops(lambda: iter(PICTURES * 3))
    CaptureLoop(source, delivered.append, lambda: None, time).run()
    assert delivered == PICTURES[:3]
    assert source.opened == 1


def test_a_source_that_recovers_is_told_of_and_quickly_retried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    scripts: Iterator[list[Capture | Exception]] = iter(
        [[SourceError("a")], [SourceError("a")], [*PICTURES, SourceError("a")], [SourceError("a")]]
    )
    source = FakeSource(lambda: iter(next(scripts)), pace=1 / 6)
    _, _, time = run_loop(source, waits=7)
    # Two failures, three waits between four pictures, one wait for the read that fails, retry.
    assert time.waited == [0.5, 1, 6, 6, 6, 6, 0.5]
    assert caplog.messages == [
        "source fake: a; trying again",
        "source fake gives pictures",
        "source fake: a; trying again",
    ]


def test_a_bug_in_a_source_does_not_end_the_program(caplog: pytest.LogCaptureFixture) -> None:
    source = FakeSource(lambda: iter([ZeroDivisionError("bug")]))
    _, _, time = run_loop(source, waits=2)
    assert source.opened == 2
    assert time.waited == [0.5, 1]
    assert caplog.records[0].exc_info


@pytest.mark.parametrize("last", [PICTURES[0], SourceError("unplugged")])
def test_what_a_driver_gives_after_the_end_is_thrown_away_quietly(
    last: Capture | SourceError, caplog: pytest.LogCaptureFixture
) -> None:
    class Slow(FakeSource):
        def read(self) -> Capture:
            time.set()
            return super().read()

    time, delivered = FakeTime(1), list[Capture]()
    source = Slow(lambda: iter([last]))
    CaptureLoop(source, delivered.append, lambda: None, time).run()
    assert delivered == []
    assert source.closed == 1
    assert not caplog.records


def test_the_end_of_the_program_is_no_bug_of_the_source(caplog: pytest.LogCaptureFixture) -> None:
    def deliver(picture: Capture) -> None:
        raise trio.RunFinishedError

    source = FakeSource(lambda: iter(PICTURES))
    with pytest.raises(trio.RunFinishedError):
        CaptureLoop(source, deliver, lambda: None, FakeTime(1)).run()
    assert source.closed == 1
    assert not caplog.records


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
