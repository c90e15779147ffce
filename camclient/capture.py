"""The one thread that reads a source and puts the newest picture into the slot, and its watchdog.

Everything that may block in a driver (open, read, close) happens in this thread, and the waits
between pictures and between tries are waits for an alarm, so that the end is never slept through.

A call that hangs in a driver cannot be ended by anyone from outside. The watchdog first asks the
source to end it. When that does not help, the thread is left behind with its source, and another
thread begins with a fresh one: two threads never share a source. The thread that was left closes
its source when the driver lets go of it. Only a few may be left behind in this way, as each holds
memory and perhaps the camera; after that we wait until one of them comes back.
"""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Protocol

import trio

from camclient.backoff import Backoff
from camclient.capture_loop import Alarm, CaptureLoop, Trouble
from camclient.latest import LatestSlot
from camclient.sources.source import Capture, Source

#: A source is given up when it is this late with a picture.
READ_TIMEOUT = 10.0  # seconds
#: OpenCV tries a stream in two ways, of 10 s each.
OPEN_TIMEOUT = 30.0  # seconds
#: How long a source that was interrupted may take to return.
INTERRUPT_GRACE = 2.0  # seconds
WATCH_INTERVAL = 1.0  # seconds
#: Threads that may hang at the same time.
MOST_HUNG = 2
#: How long the end waits for the thread to let go of the camera.
RELEASE_TIMEOUT = 1.0  # seconds
THREAD_NAME = "camclient source "

log = logging.getLogger(__name__)


class Pace(Protocol):
    """Says how many pictures are wanted, on the event loop; see `camclient.rate.Rate`."""

    @property
    def fps(self) -> float | None:
        """The most pictures per second that are of any use now; None: as many as there are."""

    def on_change(self, call: Callable[[], None] | None) -> None:
        """Call this whenever `fps` changed; None: nothing any more."""


async def capture(
    source: Source,
    slot: LatestSlot[Capture],
    *,
    pace: Pace | None = None,
    another: Callable[[], Source] | None = None,
    captured: Callable[[], None] | None = None,
) -> None:
    """Read the source into the slot until cancelled; then let go of it, within a second.

    No picture reaches the slot after this returned. A thread that hangs in the driver stays behind;
    see `thread_is_stuck`.

    Args:
        pace: how many pictures are wanted; None: as many as there are.
        another: makes one more source of the same kind, for when this one hangs; without it a
            source that hangs is waited for.
        captured: is called for each picture, on the event loop.
    """
    await _Capture(source, slot, pace, another, captured).run()


def thread_is_stuck() -> bool:
    """Whether an abandoned thread of `capture` is still inside its source."""
    return any(thread.name.startswith(THREAD_NAME) for thread in threading.enumerate())


def hangs_for_good() -> bool:
    """Whether a source has hung so often that it is not tried any more: only a new process helps.

    A camera that is not there is no such case: it is tried again and again.
    """
    return bool(_hopeless)


class Delivery:
    """Hands pictures from the thread to the event loop.

    The thread goes on at once, as to wait for the loop costs it another wake-up for each picture.
    Only when the one before has not been taken it waits: who outruns the loop would only heat.
    """

    def __init__(self, take: Callable[[Capture], None]) -> None:
        self._take = take
        self._token = trio.lowlevel.current_trio_token()
        self._on_its_way = False

    def __call__(self, item: Capture) -> None:
        if self._on_its_way:
            trio.from_thread.run_sync(self._arrive, item)
        else:
            self._on_its_way = True
            self._token.run_sync_soon(self._arrive, item)

    def _arrive(self, item: Capture) -> None:
        self._on_its_way = False
        self._take(item)


class _Capture:
    def __init__(
        self,
        source: Source,
        slot: LatestSlot[Capture],
        pace: Pace | None,
        another: Callable[[], Source] | None,
        captured: Callable[[], None] | None,
    ) -> None:
        self._source = source
        self._slot = slot
        self._pace = pace
        self._another = another
        self._captured = captured
        self._trouble, self._backoff = Trouble(source.name), Backoff()
        self._hung = set[CaptureLoop]()
        self._freed = trio.Event()

    async def run(self) -> None:
        while True:
            await self._run_thread()
            while len(self._hung) > MOST_HUNG:
                _hopeless.add(self)
                try:
                    await self._freed.wait()
                finally:
                    _hopeless.discard(self)
            assert self._another is not None  # else the thread was not left behind
            self._source = self._another()

    async def _run_thread(self) -> None:
        """Until cancelled, or until the thread hangs and is left behind."""
        alarm = Alarm()
        loop = CaptureLoop(
            self._source,
            Delivery(partial(self._take, alarm)),
            lambda: trio.from_thread.run_sync(self._slot.clear),
            alarm,
            self._trouble,
            self._backoff,
        )
        grace = trio.CancelScope(shield=True)  # gets its deadline as soon as we are cancelled

        async def release_when_cancelled() -> None:
            try:
                await trio.sleep_forever()
            finally:
                alarm.stop()
                self._source.interrupt()  # else it would wait for its next picture
                grace.deadline = trio.current_time() + RELEASE_TIMEOUT

        async def leave_behind_when_hung() -> None:
            await self._watch(loop)
            self._hung.add(loop)  # first: the thread may end as soon as it is stopped
            alarm.stop()
            grace.cancel()

        def follow() -> None:
            assert self._pace is not None
            loop.limit(self._pace.fps)

        async with trio.open_nursery() as nursery:
            nursery.start_soon(release_when_cancelled)
            nursery.start_soon(leave_behind_when_hung)
            if self._pace is not None:
                self._pace.on_change(follow)
                follow()
            try:
                with grace:
                    await trio.to_thread.run_sync(
                        self._in_thread,
                        loop,
                        trio.lowlevel.current_trio_token(),
                        thread_name=THREAD_NAME + self._source.name,
                        abandon_on_cancel=True,
                        limiter=trio.CapacityLimiter(1),
                    )
            finally:
                if self._pace is not None:
                    self._pace.on_change(None)
            nursery.cancel_scope.cancel()

    def _in_thread(self, loop: CaptureLoop, token: trio.lowlevel.TrioToken) -> None:
        try:
            loop.run()
            if loop in self._hung:
                token.run_sync_soon(self._returned, loop)
        except trio.RunFinishedError:
            log.debug("source %s: abandoned thread ends", loop.source.name)

    def _take(self, alarm: Alarm, item: Capture) -> None:
        if not alarm.stopped():
            self._slot.put(item)
            if self._captured is not None:
                self._captured()

    def _returned(self, loop: CaptureLoop) -> None:
        self._hung.discard(loop)
        self._freed.set()
        self._freed = trio.Event()

    async def _watch(self, loop: CaptureLoop) -> None:
        """Return when a call of the driver hangs for good."""
        while True:
            await trio.sleep(WATCH_INTERVAL)
            began = loop.busy_since
            if began is None or time.monotonic() - began < self._timeout(loop):
                continue
            reason = self._complaint(loop)
            loop.interrupt(reason)
            with trio.move_on_after(INTERRUPT_GRACE):
                while loop.busy_since == began:  # noqa: ASYNC110 - the thread sets no event
                    await trio.sleep(INTERRUPT_GRACE / 20)
            if loop.busy_since != began:
                continue
            self._trouble.report(f"{reason}, and it hangs in its driver")
            self._slot.clear()
            if self._another is not None:
                return
            while loop.busy_since == began:  # noqa: ASYNC110
                await trio.sleep(WATCH_INTERVAL)

    def _timeout(self, loop: CaptureLoop) -> float:
        if loop.opening:
            return OPEN_TIMEOUT
        due = 1 / self._pace.fps if self._pace is not None and self._pace.fps else 0.0
        return READ_TIMEOUT + due

    def _complaint(self, loop: CaptureLoop) -> str:
        if loop.opening:
            return f"not open after {OPEN_TIMEOUT:g} s"
        return f"no picture for {self._timeout(loop):g} s"


#: Whose threads all hang.
_hopeless = set[_Capture]()
