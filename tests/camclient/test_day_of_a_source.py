"""A day with a camera whose plug is loose, in a second: a fake clock, and no thread."""

import os
import random

from camclient.backoff import LONGEST_DELAY, Backoff
from camclient.capture_loop import Alarm, CaptureLoop
from camclient.sources.source import Capture, SourceError
from tests.camclient.fakes import FakeCapture

DAY = 24 * 3600.0
PACE = 0.1  # pictures per second: a day of more would take long


class FakeAlarm(Alarm):
    """Nobody waits: the clock is put forward. At the end of the day it stops."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def wait(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds
        if self.now >= DAY:
            self.stop()

    def clock(self) -> float:
        return self.now


class LooseSource:
    """Works for a while, and then for a while it does not.

    Attributes:
        opened, failed, closed: how often; of what was opened, failed did not work.
        works_since: when it began to work, this time.
    """

    name = "loose"
    pace = PACE

    def __init__(self, alarm: FakeAlarm, chance: random.Random) -> None:
        self.opened = self.failed = self.closed = 0
        self.works_since = 0.0
        self._works_until = 0.0
        self._alarm, self._chance = alarm, chance
        self._plan()

    def open(self) -> None:
        self.opened += 1
        self._look()

    def read(self) -> Capture:
        self._look()
        return FakeCapture(b"picture")

    def limit(self, fps: float | None) -> None:
        pass

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self.closed += 1

    def _look(self) -> None:
        if self._alarm.now > self._works_until:
            self._plan()
        if self._alarm.now < self.works_since:
            self.failed += 1
            raise SourceError(self._chance.choice(["no such device", "the device is busy"]))

    def _plan(self) -> None:
        self.works_since = self._alarm.now + self._chance.uniform(0, 2 * 3600)
        self._works_until = self.works_since + self._chance.uniform(0, 2 * 3600)


def test_a_source_that_fails_all_day() -> None:
    """It is always closed, never tried in a hurry, and used as soon as can be when it works."""
    seed = int(os.environ.get("DAY_SEED") or random.randrange(10**6))
    print("DAY_SEED", seed)  # noqa: T201  # pytest shows it when this fails
    chance, alarm = random.Random(seed), FakeAlarm()
    source = LooseSource(alarm, chance)
    waited, began = list[float](), list[float]()

    def deliver(capture: Capture) -> None:
        if not began or began[-1] != source.works_since:
            began.append(source.works_since)
            waited.append(alarm.now - source.works_since)

    backoff = Backoff(pick=chance.uniform)
    loop = CaptureLoop(source, deliver, lambda: None, alarm, backoff=backoff, clock=alarm.clock)
    loop.run()
    assert len(began) > 5
    assert max(waited) < LONGEST_DELAY + 1 / PACE
    assert source.opened == source.closed
    # Half a day in vain, a try every 15 s in the mean; some quick ones after each time it worked.
    assert source.failed < 1.5 * DAY / 2 / (LONGEST_DELAY / 2) + 10 * len(began)
