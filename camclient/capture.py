"""The one thread that reads a source and puts the newest picture into the slot.

Everything that may block in a driver (open, read, close) happens in this thread, and the waits
between pictures and between tries are waits for the stop signal, so that the end is never slept
through. A read that hangs in a driver cannot be interrupted by anyone: after a second's grace the
thread is abandoned.
"""

import logging
import threading
import time
from collections.abc import Callable

import trio

from camclient.backoff import Backoff
from camclient.latest import LatestSlot
from camclient.sources.pacing import Pacer
from camclient.sources.source import Capture, Source, SourceError

#: A source that worked this long has recovered: its next fault is retried quickly again.
STEADY_AFTER = 5.0  # seconds
#: How long the end waits for the thread to let go of the camera.
RELEASE_TIMEOUT = 1.0  # seconds
THREAD_NAME = "camclient source "

log = logging.getLogger(__name__)


class CaptureLoop:
    """What the thread does; it calls trio only through the functions that it is given.

    Args:
        deliver: takes each picture; must be callable from this thread.
        lost: is called when the source broke.
        stop: when set, `run()` returns as soon as the source lets it.
    """

    def __init__(
        self,
        source: Source,
        deliver: Callable[[Capture], None],
        lost: Callable[[], None],
        stop: threading.Event,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._deliver = deliver
        self._lost = lost
        self._stop = stop
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._reported: str | None = None  # the fault that the log already tells of

    def run(self) -> None:
        """Read until told to stop. A source that fails is closed and tried again, for ever."""
        while not self._stop.is_set():
            try:
                self._read_until_stopped()
            except SourceError as error:
                self._report(str(error))
            except trio.RunFinishedError:
                raise  # the program ended around us; this is no fault of the source
            except Exception:
                # The last resort for one source: its bug must not end the program.
                log.exception("source %s: unexpected error", self._source.name)
            finally:
                self._source.close()
            if not self._stop.is_set():
                self._lost()
                self._stop.wait(self._backoff.next_delay())

    def _read_until_stopped(self) -> None:
        self._source.open()
        began: float | None = None
        pacer = Pacer(self._source.pace, self._clock) if self._source.pace else None
        while not self._stop.wait(pacer.next_delay() if pacer else 0):
            capture = self._source.read()
            if self._stop.is_set():  # the end came while the driver waited: nobody takes pictures
                return
            self._deliver(capture)
            now = self._clock()
            if began is None:
                began = now
                self._recovered()
            elif now - began >= STEADY_AFTER:
                self._backoff.reset()

    def _report(self, reason: str) -> None:
        if reason != self._reported and not self._stop.is_set():
            log.warning("source %s: %s; trying again", self._source.name, reason)
            self._reported = reason

    def _recovered(self) -> None:
        log.info("source %s gives pictures", self._source.name)
        self._reported = None


async def capture(source: Source, slot: LatestSlot[Capture]) -> None:
    """Read the source into the slot until cancelled; then let go of it, within a second.

    No picture reaches the slot after this returned. A thread that hangs in the driver stays behind;
    see `thread_is_stuck`.
    """
    stop = threading.Event()

    def deliver(item: Capture) -> None:
        # Waiting until the event loop has taken it: a thread that outran the loop would only heat.
        if not stop.is_set():
            slot.put(item)

    def in_thread() -> None:
        loop = CaptureLoop(
            source,
            lambda item: trio.from_thread.run_sync(deliver, item),
            lambda: trio.from_thread.run_sync(slot.clear),
            stop,
        )
        try:
            loop.run()
        except trio.RunFinishedError:
            log.debug("source %s: abandoned thread ends", source.name)

    async def release_when_cancelled() -> None:
        try:
            await trio.sleep_forever()
        finally:
            stop.set()
            grace.deadline = trio.current_time() + RELEASE_TIMEOUT

    grace = trio.CancelScope(shield=True)  # gets its deadline as soon as we are cancelled
    async with trio.open_nursery() as nursery:
        nursery.start_soon(release_when_cancelled)
        with grace:
            await trio.to_thread.run_sync(
                in_thread,
                thread_name=THREAD_NAME + source.name,
                abandon_on_cancel=True,
                limiter=trio.CapacityLimiter(1),
            )
        nursery.cancel_scope.cancel()


def thread_is_stuck() -> bool:
    """Whether an abandoned thread of `capture` is still inside its source."""
    return any(thread.name.startswith(THREAD_NAME) for thread in threading.enumerate())
