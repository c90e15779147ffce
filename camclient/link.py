"""What the link to the server drains, learned from how long pictures took. Without I/O.

The model is a pipe: a picture of n bytes needs n x `seconds_per_byte` at the narrowest place, where
one picture passes after the other, and everything takes a round trip on top. A ping is a *mark*:
its answer says that the server has read all that was sent before it. A picture between two marks is
measured: the time between their answers is what it needed at the narrowest place, whatever the
round trip is. The last few of these count together, so that one hiccup of a Wi-Fi does not look
like a slow link.

This holds for any way to the server: buffers and windows of TCP, TLS, proxies, the queue of a
modem. What TCP says (bytes that are not acknowledged) is used besides, where it is known, for the
pictures that are not measured.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import trio

#: Measurements that count: the last two, and up to ten that are not older than this.
LEAST_SAMPLES, MOST_SAMPLES = 2, 10
WINDOW = 2.5  # seconds
MOST_SIZES = 5  # pictures that their size is learned from
#: What came this late does not mean a queue yet: Wi-Fi is uneven.
TOLERANCE = 0.15  # seconds
#: How often a picture is measured on a link with time to spare. On a narrow one each is.
MEASURE_INTERVAL = 0.5  # seconds
#: A link that is in use for more than this share of the time is narrow.
BUSY = 0.25
#: No wait is shorter: what is left of a second by rounding would be waited for without end.
INSTANT = 0.001  # seconds
#: A round trip that is longer now is believed slowly: it may have been a hiccup.
ROUND_TRIP_GAIN = 0.25
#: So many unacknowledged bytes are nothing to worry about.
SMALL_BACKLOG = 16 * 1024  # bytes


@dataclass(slots=True, eq=False)
class Flight:
    """A picture on its way.

    Attributes:
        began: when its first byte was sent.
        free_at: when its last byte will have passed the narrow place, as far as we know.
    """

    began: float
    nbytes: int
    free_at: float


@dataclass(slots=True, eq=False)
class Mark:
    """A ping on its way.

    Attributes:
        sent: when.
        number: of the last picture in front of it.
        due: when the answer is expected, by what we knew.
        idle: nothing was in front of it, so that it tells the round trip alone.
        amid: it stands between two pieces of a picture.
        measures: the pictures since the mark before are measured with it.
    """

    sent: float
    number: int
    due: float
    idle: bool
    amid: bool
    measures: bool


@dataclass(frozen=True, slots=True)
class Sample:
    """So many bytes took so long, at most; `at`: when we learned it."""

    at: float
    seconds: float
    nbytes: int


class Link:
    """One connection. It is told what is sent and what comes back.

    Args:
        round_trip: a first guess in seconds.

    Attributes:
        round_trip: of a ping on the idle link, seconds.
    """

    def __init__(self, round_trip: float, clock: Callable[[], float] = trio.current_time) -> None:
        self.round_trip = round_trip
        self._clock = clock
        self._flights = deque[Flight]()  # begun, and not covered by an answered mark
        self._marks = deque[Mark]()  # not answered
        self._begun = self._sent = 0  # pictures in all; the last bytes of so many are out
        self._samples = deque[Sample](maxlen=MOST_SAMPLES)
        self._sizes = deque[int](maxlen=MOST_SIZES)
        self._answered = self._measured = self._last_began = -inf
        self._narrow = True

    @property
    def seconds_per_byte(self) -> float | None:
        """None: nothing is known yet."""
        nbytes = sum(sample.nbytes for sample in self._samples)
        return sum(sample.seconds for sample in self._samples) / nbytes if nbytes else None

    @property
    def best_seconds_per_byte(self) -> float | None:
        """As the faster of the last two measurements says; None: there were no two.

        For pictures so rare that one hiccup of the link would count for as much as the link.
        """
        last = list(self._samples)[-LEAST_SAMPLES:]
        if len(last) < LEAST_SAMPLES:
            return None
        return min(sample.seconds / sample.nbytes for sample in last)

    @property
    def frame_bytes(self) -> float | None:
        """Mean size of the last pictures; None: there was none."""
        return sum(self._sizes) / len(self._sizes) if self._sizes else None

    @property
    def waits_for_answer(self) -> bool:
        return bool(self._marks)

    def forget_sizes(self) -> None:
        """Pictures will be of another size from now on."""
        self._sizes.clear()

    def forget_hiccups(self) -> None:
        """Keep the faster of the last two measurements; of one alone nobody knows what it was."""
        last = list(self._samples)[-LEAST_SAMPLES:]
        self._samples.clear()
        if len(last) == LEAST_SAMPLES:
            self._samples.append(min(last, key=lambda sample: sample.seconds / sample.nbytes))

    def is_to_measure(self, nbytes: int) -> bool:
        """Whether there should be a mark before and behind a picture of so many bytes."""
        now, cost = self._clock(), self.seconds_per_byte
        if cost is None or cost * nbytes > BUSY * (now - self._last_began):
            return True
        return not self._marks and now - self._measured >= MEASURE_INTERVAL

    def begin(self, nbytes: int) -> None:
        """A picture of so many bytes is sent from now on."""
        now, cost = self._clock(), self.seconds_per_byte
        free = max(now, self._flights[-1].free_at) if self._flights else now
        self._flights.append(Flight(now, nbytes, inf if cost is None else free + cost * nbytes))
        self._sizes.append(nbytes)
        self._last_began = now
        self._begun += 1

    def end(self) -> None:
        """The last byte of the picture has been sent."""
        self._sent = self._begun

    def mark(self, unacknowledged: int | None, *, measures: bool = False) -> Mark:
        """A ping is sent now. unacknowledged: by TCP, in bytes; None: it does not say."""
        now = self._clock()
        free = self._flights[-1].free_at if self._flights else now
        sending = self._sent < self._begun
        idle = free <= now and not (sending or self._marks or unacknowledged)
        due = max(now, free) + self.round_trip
        mark = Mark(now, self._sent, due, idle, sending, measures)
        self._marks.append(mark)
        if measures:
            self._measured = now
        return mark

    def answer(self, mark: Mark) -> float:
        """The answer to this ping came, and with it those to all before. Seconds it took."""
        now = self._clock()
        while self._marks:
            if self._marks.popleft() is mark:
                break
        took = now - mark.sent
        if mark.idle and took > self.round_trip:
            self.round_trip += ROUND_TRIP_GAIN * (took - self.round_trip)
        else:
            self.round_trip = min(took, self.round_trip)
        covered = list[Flight]()
        while self._flights and self._begun - len(self._flights) < mark.number:
            covered.append(self._flights.popleft())
        if covered and mark.measures:
            self._learn(covered, now)
        if not mark.amid:
            self._answered = now
        return took

    def delay(self, unacknowledged: int | None) -> float:
        """Seconds until the next picture may begin; 0: now; inf: a mark must be answered first."""
        if not self._flights:
            return 0.0
        now = self._clock()
        free = self._flights[-1].free_at
        if free == inf or (self._marks and now > self._marks[0].due + TOLERANCE):
            return inf
        if free > now:
            return max(free - now, INSTANT)
        if unacknowledged is not None and unacknowledged > self._explained(now):
            return inf
        return 0.0

    def _explained(self, now: float) -> int:
        """How many bytes may be unacknowledged only because the answer is still under way."""
        since = now - self.round_trip - TOLERANCE
        return SMALL_BACKLOG + sum(item.nbytes for item in self._flights if item.began > since)

    def _learn(self, covered: list[Flight], now: float) -> None:
        """From the pictures that this answer is the first to cover.

        Each of them, with all behind it, gives a bound for what a byte needs; the least is best.
        """
        nbytes = 0
        best: Sample | None = None
        for flight in reversed(covered):
            nbytes += flight.nbytes
            seconds = max(0.0, now - max(flight.began + self.round_trip, self._answered))
            if best is None or seconds / nbytes < best.seconds / best.nbytes:
                best = Sample(now, seconds, nbytes)
        assert best is not None
        self._samples.append(best)
        while len(self._samples) > LEAST_SAMPLES and now - self._samples[0].at > WINDOW:
            self._samples.popleft()
