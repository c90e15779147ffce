"""A source tried for some seconds: what its pictures are like and what they cost.

For `--dry-run` and `camclient doctor`. Unlike `capture` it takes the first fault as the answer, and
it encodes every picture in the same thread: what one picture costs is all that is asked.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import trio

from camclient.capture import THREAD_NAME
from camclient.sources.pacing import Pacer
from camclient.sources.source import Source, SourceError
from camserve.wire import jpeg_dimensions

#: How long the first picture may take: a Pi Zero needs some seconds to start rpicam-vid.
PATIENCE = 10.0  # seconds
#: How long a source that was interrupted may take to let go, as in `capture`.
RELEASE_TIMEOUT = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it.

    Attributes:
        pictures: how many there were, at least 1.
        seconds: from the first picture to the last.
        size: pixels, width and height; None when the JPEG does not say.
        picture_bytes: mean of the JPEGs.
        cpu_per_picture: seconds of this process, mean over the pictures after the first; 0 when
            there was only one. What a program behind `exec:` uses is not in it.
        as_they_came: the source's own JPEGs, not encoded here.
        sample: the last JPEG.
    """

    pictures: int
    seconds: float
    size: tuple[int, int] | None
    picture_bytes: float
    cpu_per_picture: float
    as_they_came: bool
    sample: bytes

    @property
    def fps(self) -> float:
        """Pictures per second; 0 when there was only one."""
        return (self.pictures - 1) / self.seconds if self.seconds > 0 else 0.0

    @property
    def bytes_per_second(self) -> float:
        return self.fps * self.picture_bytes

    def describe(self, quality: int) -> str:
        """Size, rate and how the JPEGs are made, for a person."""
        size = "of unknown size" if self.size is None else "{}x{}".format(*self.size)
        rate = f"{self.fps:.1f} fps" if self.fps else "a single picture"
        made = "JPEGs as they came" if self.as_they_came else f"encoded with quality {quality}"
        return f"{size}, {rate}, {made}"

    def describe_costs(self) -> str:
        """What each picture takes of CPU and network, for a person."""
        size = f"{self.picture_bytes / 1000:.1f} kB per picture"
        if not self.fps:
            return size
        cpu = f"{self.cpu_per_picture * 1000:.1f} ms of CPU"
        share = f"{self.cpu_per_picture * self.fps:.0%} of one core"
        return f"{size}, {self.bytes_per_second / 1000:.0f} kB/s; {cpu} per picture, {share}"


async def try_source(
    source: Source,
    *,
    quality: int,
    seconds: float,
    patience: float = PATIENCE,
    stop: trio.Event | None = None,
) -> Trial:
    """Open it, take pictures at its rate, encode them, and let go of it.

    Cancelled: the source is told to let go, and gets a second for it.

    Args:
        seconds: how long, from the first picture on.
        patience: seconds for the first picture, and for what a driver hangs.
        stop: when set it ends early, with what there is so far.

    Raises:
        SourceError: it cannot be opened, broke, or gave no picture in time.
    """
    stop = trio.Event() if stop is None else stop
    stop_thread = threading.Event()
    run = Run(source, quality, seconds, stop_thread)
    grace = trio.CancelScope(shield=True)  # gets its deadline as soon as it is over

    async def end_in_time() -> None:
        try:
            with trio.move_on_after(patience) as waiting:
                await stop.wait()
            if waiting.cancelled_caught and run.pictures:
                with trio.move_on_after(seconds + patience):
                    await stop.wait()
        finally:
            stop_thread.set()
            source.interrupt()
            grace.deadline = trio.current_time() + RELEASE_TIMEOUT

    trial: Trial | None = None
    problem: Exception | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(end_in_time)
        with grace:
            try:
                trial = await trio.to_thread.run_sync(
                    run,
                    thread_name=THREAD_NAME + source.name,
                    abandon_on_cancel=True,
                    limiter=trio.CapacityLimiter(1),
                )
            except Exception as error:  # not out of here, where it would become a group
                problem = error
        nursery.cancel_scope.cancel()
    if trial is None:
        late = "stopped before" if stop.is_set() else f"waited {patience:g} s for"
        raise problem or SourceError(f"gives no pictures ({late} the first one)")
    return trial


class Run:
    """What the thread does."""

    def __init__(
        self,
        source: Source,
        quality: int,
        seconds: float,
        stop: threading.Event,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.pictures = 0
        self._source = source
        self._quality = quality
        self._seconds = seconds
        self._stop = stop
        self._clock = clock

    def __call__(self) -> Trial | None:
        """None when it was stopped before the first picture. Raises: SourceError."""
        try:
            self._source.open()
            return self._measure()
        finally:
            self._source.close()

    def _measure(self) -> Trial | None:
        source, quality = self._source, self._quality
        pacer = Pacer(source.pace, self._clock) if source.pace else None
        first = last = cpu = 0.0
        total = 0
        as_they_came = False
        jpeg = b""
        while not self._stop.wait(pacer.next_delay() if pacer else 0):
            try:
                capture = source.read()
            except SourceError:
                if self._stop.is_set():  # it was interrupted
                    break
                raise
            if self._stop.is_set():
                break
            jpeg = capture.encode(quality)
            last = self._clock()
            total += len(jpeg)
            self.pictures += 1
            if self.pictures == 1:
                # Only a JPEG that is passed on is the same in every quality.
                as_they_came = capture.encode(1 if quality > 50 else 100) == jpeg
                first, cpu = last, time.process_time()
            elif last - first >= self._seconds:
                break
        if not self.pictures:
            return None
        used = time.process_time() - cpu
        return Trial(
            pictures=self.pictures,
            seconds=last - first,
            size=jpeg_dimensions(jpeg),
            picture_bytes=total / self.pictures,
            cpu_per_picture=used / (self.pictures - 1) if self.pictures > 1 else 0.0,
            as_they_came=as_they_came,
            sample=jpeg,
        )
