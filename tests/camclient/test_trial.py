import threading
from collections.abc import Callable, Iterator
from itertools import repeat

import pytest
import trio

from camclient.capture import thread_is_stuck
from camclient.sources.source import Capture, SourceError
from camclient.trial import Run, Trial, try_source
from tests.camclient.fakes import BrokenCapture, FakeCapture, FakeSource, HangingSource, wait_until
from tests.serving import jpeg

PICTURE = jpeg(size=1000)


class PassedOn:
    """A picture that came as a JPEG."""

    quick = True

    def encode(self, quality: int, width: int = 0) -> bytes:
        return PICTURE


class Clock:
    """Goes on by a tenth of a second each time it is looked at."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


def endless(picture: Capture) -> FakeSource:
    return FakeSource(lambda: repeat(picture))


def test_rate_and_size_of_what_a_source_gives() -> None:
    source = endless(FakeCapture(b"x" * 999))
    trial = Run(source, 80, 2.0, threading.Event(), Clock())()
    assert trial is not None
    assert trial.pictures == 21
    assert trial.seconds == pytest.approx(2)
    assert trial.fps == pytest.approx(10)
    assert trial.picture_bytes == 1000
    assert trial.bytes_per_second == pytest.approx(10_000)
    assert (source.opened, source.closed) == (1, 1)


@pytest.mark.parametrize("quality", [20, 80])
@pytest.mark.parametrize(("picture", "passed_on"), [(PassedOn(), True), (FakeCapture(b"x"), False)])
async def test_a_jpeg_that_is_passed_on_is_told_from_one_that_was_made(
    picture: Capture, passed_on: bool, quality: int
) -> None:
    trial = await try_source(endless(picture), quality=quality, seconds=0.01)
    assert trial.as_they_came is passed_on


async def test_a_source_that_cannot_be_opened_says_why_and_is_closed() -> None:
    source = FakeSource(lambda: iter([SourceError("there is no /dev/video9")]))
    with pytest.raises(SourceError, match=r"there is no /dev/video9"):
        await try_source(source, quality=80, seconds=1)
    assert source.closed


async def test_so_does_a_picture_that_cannot_be_encoded() -> None:
    with pytest.raises(SourceError, match="no such colours"):
        await try_source(endless(BrokenCapture()), quality=80, seconds=1)


async def test_a_bug_in_a_source_comes_out_as_it_is() -> None:
    with pytest.raises(ZeroDivisionError):
        await try_source(FakeSource(lambda: iter([ZeroDivisionError()])), quality=80, seconds=1)


async def test_a_source_that_hangs_is_given_up() -> None:
    source = HangingSource()
    source.read()  # its only picture
    with pytest.raises(SourceError, match=r"gives no pictures \(waited 0.1 s for the first one\)"):
        await try_source(source, quality=80, seconds=1, patience=0.1)
    assert thread_is_stuck()
    source.go_on.set()
    assert source.closed.wait(5)


async def test_stopped_early_it_tells_what_there_was() -> None:
    stop = trio.Event()

    def pictures() -> Iterator[Capture]:
        yield PassedOn()
        yield PassedOn()
        trio.from_thread.run_sync(stop.set)
        yield from repeat(PassedOn())

    trial = await try_source(FakeSource(pictures), quality=80, seconds=3600, stop=stop)
    assert trial.pictures >= 2


class Interruptible(FakeSource):
    """Gives some pictures; then a read waits until it is interrupted, and tells that it waits."""

    def __init__(self, pictures: int, waits: Callable[[], None]) -> None:
        super().__init__(lambda: repeat(PassedOn(), pictures))
        self._waits = waits
        self._interrupted = threading.Event()

    def read(self) -> Capture:
        try:
            return super().read()
        except SourceError:  # no more of them
            trio.from_thread.run_sync(self._waits)
            assert self._interrupted.wait(10)
            raise

    def interrupt(self) -> None:
        self._interrupted.set()


async def test_stopped_before_the_first_picture_there_is_nothing_to_tell() -> None:
    stop = trio.Event()
    with pytest.raises(SourceError, match="stopped before the first one"):
        await try_source(Interruptible(0, stop.set), quality=80, seconds=3600, stop=stop)


async def test_a_read_that_was_interrupted_is_no_fault() -> None:
    stop = trio.Event()
    trial = await try_source(Interruptible(1, stop.set), quality=80, seconds=3600, stop=stop)
    assert trial.pictures == 1
    assert trial.fps == 0
    assert trial.describe(80).endswith(", a single picture, JPEGs as they came")
    assert trial.describe_costs() == "1.0 kB per picture"


async def test_cancelled_it_lets_go_of_the_source() -> None:
    source = endless(FakeCapture(b"x"))
    async with trio.open_nursery() as nursery:

        async def run() -> None:
            await try_source(source, quality=80, seconds=3600)

        nursery.start_soon(run)
        await wait_until(lambda: source.opened)
        nursery.cancel_scope.cancel()
    assert source.closed
    assert not thread_is_stuck()


def test_what_a_person_is_told() -> None:
    trial = Trial(
        pictures=31,
        seconds=2.0,
        size=(640, 480),
        picture_bytes=20_000,
        cpu_per_picture=0.01,
        as_they_came=False,
        sample=PICTURE,
    )
    assert trial.describe(70) == "640x480, 15.0 fps, encoded with quality 70"
    assert trial.describe_costs() == (
        "20.0 kB per picture, 300 kB/s; 10.0 ms of CPU per picture, 15% of one core"
    )
