"""What the thread that reads a source does, and how others reach into its waits."""

import logging
import threading
import time
from collections.abc import Callable

import trio

from camclient.backoff import Backoff
from camclient.sources.pacing import Pacer
from camclient.sources.source import Capture, Source, SourceError

#: A source that worked this long has recovered: its next fault is retried quickly again.
STEADY_AFTER = 5.0  # seconds

log = logging.getLogger(__name__)


class Alarm:
    """Ends the waits of the capture thread early; `wait` is for that thread."""

    def __init__(self) -> None:
        self._stopped = False
        self._rung = threading.Event()

    def stop(self) -> None:
        """The thread shall end."""
        self._stopped = True
        self._rung.set()

    def stopped(self) -> bool:
        return self._stopped

    def ring(self) -> None:
        """Something changed: look again how long to wait."""
        self._rung.set()

    def wait(self, seconds: float) -> None:
        """Wait so long, or until somebody rings."""
        if self._rung.wait(seconds):
            # Whoever rings has changed what he rings for before: nothing is lost by clearing late.
            self._rung.clear()


class Trouble:
    """What is wrong with a source, told to the log once. Belongs to all threads of one source.

    A picture after a fault is no news yet: the source may give some and fail in turn.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._told: str | None = None

    def report(self, reason: str) -> None:
        if reason != self._told:
            log.warning("source %s: %s; trying again", self._name, reason)
            self._told = reason

    def first_picture(self) -> None:
        """The first one after open()."""
        if self._told is None:
            self._over()

    def steady(self) -> None:
        """It has given pictures for STEADY_AFTER."""
        if self._told is not None:
            self._over()

    def _over(self) -> None:
        log.info("source %s gives pictures", self._name)
        self._told = None


class CaptureLoop:
    """What the thread does; it calls trio only through the functions that it is given.

    Args:
        deliver: takes each picture; must be callable from this thread.
        lost: is called when the source broke.
        alarm: when it is stopped, `run()` returns as soon as the source lets it.
        trouble, backoff: of this source, also when another thread had it before.

    Attributes:
        source: the one that is read.
        busy_since: since when the driver has been busy with one call, by `clock`; None: it is not.
        opening: that call is `open()`.
    """

    def __init__(
        self,
        source: Source,
        deliver: Callable[[Capture], None],
        lost: Callable[[], None],
        alarm: Alarm,
        trouble: Trouble | None = None,
        backoff: Backoff | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.source = source
        self.busy_since: float | None = None
        self.opening = False
        self._deliver = deliver
        self._lost = lost
        self._alarm = alarm
        self._trouble = trouble or Trouble(source.name)
        self._backoff = backoff or Backoff()
        self._clock = clock
        self._interrupted: str | None = None

    def run(self) -> None:
        """Read until told to stop. A source that fails is closed and tried again, for ever."""
        while not self._alarm.stopped():
            try:
                self._read_until_stopped()
            except SourceError as error:
                # Who was interrupted may complain of just that.
                self._report(self._interrupted or str(error))
            except trio.RunFinishedError:
                raise  # the program ended around us; this is no fault of the source
            except Exception:
                # The last resort for one source: its bug must not end the program.
                log.exception("source %s: unexpected error", self.source.name)
            finally:
                self.busy_since = self._interrupted = None
                self.source.close()
            if not self._alarm.stopped():
                self._lost()
                self._pause(self._backoff.next_delay())

    def limit(self, fps: float | None) -> None:
        """At most so many pictures per second from now on. Any thread may call it."""
        self.source.limit(fps)
        self._alarm.ring()

    def interrupt(self, reason: str) -> None:
        """Give this call of the driver up, if that can be done, and open the source anew.

        Any thread may call it.
        """
        self._interrupted = reason
        self.source.interrupt()

    def _read_until_stopped(self) -> None:
        source = self.source
        self.opening = True
        self.busy_since = self._clock()
        source.open()
        self.busy_since, self.opening = None, False
        began: float | None = None
        pacer = Pacer(source.pace, self._clock) if source.pace else None
        while not self._alarm.stopped():
            if pacer is not None:
                self._wait_until_due(pacer)
                if self._alarm.stopped():
                    return
            self.busy_since = self._clock()
            capture = source.read()
            self.busy_since = None
            if self._alarm.stopped():  # the end came while the driver waited: nobody takes pictures
                return
            if self._interrupted:
                raise SourceError(self._interrupted)
            self._deliver(capture)
            now = self._clock()
            if began is None:
                began = now
                self._trouble.first_picture()
            elif now - began >= STEADY_AFTER:
                self._backoff.reset()
                self._trouble.steady()

    def _wait_until_due(self, pacer: Pacer) -> None:
        until = self._clock() + pacer.next_delay()
        while not self._alarm.stopped():
            pace = self.source.pace
            if pace and pace != pacer.fps:
                until = self._clock() + pacer.change(pace)
            left = until - self._clock()
            if left <= 0:
                return
            self._alarm.wait(left)

    def _pause(self, seconds: float) -> None:
        """Wait, and let nothing but the end cut it short."""
        until = self._clock() + seconds
        while not self._alarm.stopped() and (left := until - self._clock()) > 0:
            self._alarm.wait(left)

    def _report(self, reason: str) -> None:
        if not self._alarm.stopped():
            self._trouble.report(reason)
