import os
import shlex
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from camclient.capture import capture, thread_is_stuck
from camclient.latest import LatestSlot
from camclient.sources import SourceError, SourceOptions
from camclient.sources.child import ENDING_TIMEOUT, WokenError
from camclient.sources.packets import JpegCapture
from camclient.sources.program import MAX_PREAMBLE_BYTES, ProgramSource
from camclient.sources.source import Capture
from tests.camclient.sources.fake_video import Clock
from tests.camclient.sources.jpeg_streams import picture
from tests.camclient.sources.programs import descriptors, files, lives, opened, program
from tests.processes import eventually

PICTURES = [picture(seed, size=16) for seed in range(8)]


class FakeChild:
    """A program whose every write is known; time goes on by a tenth of a second for each."""

    def __init__(self, pieces: list[bytes], clock: Clock) -> None:
        self._pieces = iter(pieces)
        self._clock = clock
        self.woken = self.closed = False

    def read(self) -> bytes:
        if self.woken:
            raise WokenError
        self._clock.now += 0.1
        return next(self._pieces, b"")

    def wake(self) -> None:
        self.woken = True

    def ending(self) -> str:
        return "ended with status 1: no camera"

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def fake(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> Callable[[list[bytes], SourceOptions], ProgramSource]:
    def fake(pieces: list[bytes], options: SourceOptions) -> ProgramSource:
        monkeypatch.setattr(
            "camclient.sources.program.Child", lambda words: FakeChild(pieces, clock)
        )
        return ProgramSource(["rpicam-vid"], options, clock)

    return fake


Fake = Callable[[list[bytes], SourceOptions], ProgramSource]


def number(capture: Capture) -> int:
    """Which of our pictures this is, byte for byte."""
    return PICTURES.index(capture.encode(50))


def test_a_program_gives_its_pictures_as_they_are_and_its_end_is_an_error(tmp_path: Path) -> None:
    with opened(program(f"cat {files(tmp_path, PICTURES[3])}; echo done >&2; exit 3")) as source:
        assert source.pace is None
        assert number(source.read()) == 3
        with pytest.raises(SourceError, match=r"^sh ended with status 3: done$"):
            source.read()


def test_it_can_be_opened_again(tmp_path: Path) -> None:
    source = program(f"cat {files(tmp_path, PICTURES[0])}")
    for _ in range(3):
        with opened(source):
            assert number(source.read()) == 0
            with pytest.raises(SourceError, match="ended with status 0"):
                source.read()
    source.close()


def test_a_slow_reader_gets_the_newest_picture(tmp_path: Path) -> None:
    done = tmp_path / "done"
    script = f"cat {files(tmp_path, *PICTURES)}; touch {shlex.quote(str(done))}; exec sleep 60"
    with opened(program(script)) as source:
        eventually(done.exists)
        assert number(source.read()) == len(PICTURES) - 1


def test_pictures_above_the_rate_are_taken_and_thrown_away(fake: Fake) -> None:
    with opened(fake(PICTURES, SourceOptions(fps=5))) as source:
        assert [number(source.read()) for _ in range(4)] == [0, 2, 4, 6]


def test_a_limit_holds_from_the_next_picture_on(fake: Fake) -> None:
    with opened(fake(PICTURES, SourceOptions(fps=5))) as source:
        assert number(source.read()) == 0
        source.limit(10 / 3)
        assert number(source.read()) == 3
        source.limit(1000)  # more than it was made for
        assert number(source.read()) == 5


def test_a_limit_goes_again(fake: Fake) -> None:
    with opened(fake(PICTURES, SourceOptions())) as source:
        source.limit(10 / 3)
        assert [number(source.read()) for _ in range(2)] == [0, 3]
        source.limit(None)
        assert [number(source.read()) for _ in range(3)] == [4, 5, 6]


def test_a_limit_outlives_another_open(fake: Fake) -> None:
    source = fake(PICTURES, SourceOptions())
    source.limit(5)
    for _ in range(2):
        with opened(source):
            first = number(source.read())
            assert number(source.read()) == first + 2


def test_pictures_may_be_cut_anywhere(fake: Fake) -> None:
    stream = b"".join(PICTURES)
    pieces = [stream[i : i + 100] for i in range(0, len(stream), 100)]
    with opened(fake(pieces, SourceOptions())) as source:
        assert [number(source.read()) for _ in PICTURES] == list(range(len(PICTURES)))


def test_what_is_to_be_changed_is_known_to_the_picture(fake: Fake) -> None:
    options = SourceOptions(overlay=("frame",))
    source = fake([PICTURES[0] + PICTURES[1]], options)
    for _ in range(2):
        with opened(source):
            capture = source.read()
        assert isinstance(capture, JpegCapture)
        assert capture.options is options
        assert capture.stamp is not None
        assert capture.stamp.number == 2  # of this run


def test_the_end_of_the_program_says_why(fake: Fake) -> None:
    with (
        opened(fake([], SourceOptions())) as source,
        pytest.raises(SourceError, match=r"^rpicam-vid ended with status 1: no camera$"),
    ):
        source.read()


def test_a_program_that_writes_no_jpegs_is_told_of(fake: Fake) -> None:
    h264 = bytes.fromhex("00000001 6764001f") * 8192
    with (
        opened(fake([h264] * (MAX_PREAMBLE_BYTES // len(h264) + 1), SourceOptions())) as source,
        pytest.raises(SourceError, match=r"^rpicam-vid writes something else than JPEGs"),
    ):
        source.read()


def test_much_padding_between_pictures_is_no_fault(fake: Fake) -> None:
    padding = bytes(MAX_PREAMBLE_BYTES)
    pieces = [PICTURES[0], padding, PICTURES[1], padding, PICTURES[2]]
    with opened(fake(pieces, SourceOptions())) as source:
        assert [number(source.read()) for _ in range(3)] == [0, 1, 2]


def test_a_read_that_waits_can_be_interrupted(tmp_path: Path) -> None:
    source = program(f"cat {files(tmp_path, PICTURES[0])}; exec sleep 60")
    for _ in range(2):  # an interruption is no matter of the next run
        with opened(source):
            assert number(source.read()) == 0
            timer = threading.Timer(0.05, source.interrupt)
            timer.start()
            with pytest.raises(SourceError, match="interrupted"):
                source.read()
            timer.join()


def test_interruptions_at_any_time_do_no_harm() -> None:
    source = program("exec sleep 60")
    source.interrupt()
    ended = threading.Event()

    def interrupt() -> None:
        while not ended.is_set():
            source.interrupt()

    thread = threading.Thread(target=interrupt)
    thread.start()
    try:
        before = descriptors()
        for _ in range(20):
            with opened(source), pytest.raises(SourceError, match="interrupted"):
                source.read()
        assert descriptors() == before
    finally:
        ended.set()
        thread.join()
    source.interrupt()


def test_many_starts_leave_nothing_behind(tmp_path: Path) -> None:
    source = program(f"cat {files(tmp_path, PICTURES[0])}; exit 1")

    def read_to_the_end() -> None:
        while True:
            source.read()

    def once() -> None:
        with opened(source), pytest.raises(SourceError, match="status 1"):
            read_to_the_end()

    once()
    open_before, threads = descriptors(), threading.active_count()
    began = time.monotonic()
    for _ in range(30):
        once()
    assert time.monotonic() - began < 30 * ENDING_TIMEOUT  # nothing was waited for in vain
    assert descriptors() == open_before
    assert threading.active_count() == threads
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


async def test_the_end_of_camclient_waits_for_no_picture(tmp_path: Path) -> None:
    class Tells(ProgramSource):
        def read(self) -> Capture:
            if self._number:
                waits.set()
            return super().read()

    waits = threading.Event()
    words = ["sh", "-c", f"cat {files(tmp_path, PICTURES[0])}; exec sleep 60"]
    source = Tells(words, SourceOptions())
    with trio.fail_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(capture, source, LatestSlot[Capture]())
            await trio.to_thread.run_sync(waits.wait)
            assert source._child is not None
            pid = source._child.pid
            nursery.cancel_scope.cancel()
    assert not thread_is_stuck()
    assert not lives(pid)
