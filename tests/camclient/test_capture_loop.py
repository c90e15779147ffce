import logging
from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
import trio

from camclient.backoff import Backoff
from camclient.capture_loop import Alarm, CaptureLoop, Trouble
from camclient.sources.source import Capture, SourceError
from tests.camclient.fakes import FakeCapture, FakeSource

PICTURES = [FakeCapture(bytes([number])) for number in range(4)]


class FakeTime(Alarm):
    """An alarm and a clock in one: waiting takes no time, only the clock goes on.

    meanwhile: is called in each wait, with its number from 1 on, halfway through.
    """

    def __init__(self, waits: int, meanwhile: Callable[[int], None] | None = None) -> None:
        super().__init__()
        self.now = 0.0
        self.waited: list[float] = []
        self._left = waits
        self._meanwhile = meanwhile
        self._rings = False

    def ring(self) -> None:
        self._rings = True

    def wait(self, seconds: float) -> None:
        self.waited.append(round(seconds, 9))
        self._left -= 1
        if not self._left:
            self.stop()
        before, self._rings = self.now, False
        self.now += seconds / 2
        if self._meanwhile is not None:
            self._meanwhile(len(self.waited))
        if not self._rings:
            self.now = before + seconds


def make_loop(
    source: FakeSource,
    time: FakeTime,
    deliver: Callable[[Capture], None] = lambda picture: None,
    lost: Callable[[], None] = lambda: None,
) -> CaptureLoop:
    backoff = Backoff(pick=lambda low, high: high)
    trouble = Trouble(source.name)
    return CaptureLoop(source, deliver, lost, time, trouble, backoff, lambda: time.now)


def run_loop(source: FakeSource, waits: int) -> tuple[list[Capture], int, FakeTime]:
    """Runs a capture loop for so many waits: what it delivered, how often it lost the source."""
    time, delivered, lost = FakeTime(waits), list[Capture](), list[None]()
    make_loop(source, time, delivered.append, lambda: lost.append(None)).run()
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
                time.stop()
            return picture

    time, delivered = FakeTime(1), list[Capture]()
    source = Stops(lambda: iter(PICTURES * 3))
    make_loop(source, time, delivered.append).run()
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


def test_a_source_that_fails_again_and_again_is_told_of_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    source = FakeSource(lambda: iter([*PICTURES, SourceError("a")]), pace=1)
    run_loop(source, waits=30)
    assert source.opened > 5
    assert caplog.messages == ["source fake gives pictures", "source fake: a; trying again"]


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
            time.stop()
            return super().read()

    time, delivered = FakeTime(1), list[Capture]()
    source = Slow(lambda: iter([last]))
    make_loop(source, time, delivered.append).run()
    assert delivered == []
    assert source.closed == 1
    assert not caplog.records


def test_the_end_of_the_program_is_no_bug_of_the_source(caplog: pytest.LogCaptureFixture) -> None:
    def deliver(picture: Capture) -> None:
        raise trio.RunFinishedError

    source = FakeSource(lambda: iter(PICTURES))
    with pytest.raises(trio.RunFinishedError):
        make_loop(source, FakeTime(1), deliver).run()
    assert source.closed == 1
    assert not caplog.records


class Throttled(FakeSource):
    """Its pace is what it was limited to."""

    def limit(self, fps: float | None) -> None:
        self.pace = fps


def endless() -> Iterator[Capture]:
    while True:
        yield PICTURES[0]


def test_a_higher_rate_wakes_a_loop_that_waits_for_the_next_picture() -> None:
    def viewer_comes(wait: int) -> None:
        if wait == 2:
            loop.limit(10)

    source, time, taken = Throttled(endless, pace=0.2), FakeTime(4, viewer_comes), list[float]()
    loop = make_loop(source, time, lambda picture: taken.append(time.now))
    loop.run()
    # The second wait of 5 s is cut short halfway; from there on there are 10 in a second.
    assert time.waited == [5, 5, 0.1, 0.1]
    assert taken == pytest.approx([0, 5, 7.5, 7.6])


def test_a_higher_rate_does_not_give_two_pictures_within_its_interval() -> None:
    def viewer_comes(wait: int) -> None:
        if wait == 1:
            loop.limit(1)

    source, time, taken = Throttled(endless, pace=2), FakeTime(5, viewer_comes), list[float]()
    source.limit(0.8)
    loop = make_loop(source, time, lambda picture: taken.append(time.now))
    loop.run()
    assert all(later - earlier > 0.999 for earlier, later in pairwise(taken))
    assert len(taken) > 2


def test_a_lower_rate_holds_from_the_picture_that_is_waited_for() -> None:
    def viewer_leaves(wait: int) -> None:
        if wait == 2:
            loop.limit(0.2)

    source, time, taken = Throttled(endless, pace=1), FakeTime(5, viewer_leaves), list[float]()
    loop = make_loop(source, time, lambda picture: taken.append(time.now))
    loop.run()
    assert taken == pytest.approx([0, 1, 6, 11])


def test_a_change_of_rate_does_not_shorten_the_pause_after_a_fault() -> None:
    source = FakeSource(lambda: iter([SourceError("unplugged")]))
    time = FakeTime(4, lambda wait: loop.limit(10))
    loop = make_loop(source, time)
    loop.run()
    assert source.opened == 1
    assert time.now < 0.5


def test_who_is_interrupted_is_opened_anew_and_the_log_says_why(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Hangs(FakeSource):
        def read(self) -> Capture:
            if self.opened == 1:
                loop.interrupt("no picture for 10 s")
                assert self.interrupted
                raise SourceError("the driver says EINTR")
            return super().read()

    source, time = Hangs(endless, pace=1), FakeTime(3)
    loop = make_loop(source, time)
    loop.run()
    assert source.opened == 2
    assert caplog.messages == ["source fake: no picture for 10 s; trying again"]


def test_a_picture_that_comes_from_an_interrupted_source_is_not_trusted() -> None:
    class Late(FakeSource):
        def read(self) -> Capture:
            if self.opened == 1:
                loop.interrupt("no picture for 10 s")
            return super().read()

    source, time, delivered = Late(endless, pace=1), FakeTime(2), list[Capture]()
    loop = make_loop(source, time, delivered.append)
    loop.run()
    assert (source.opened, source.closed, len(delivered)) == (2, 2, 1)
