"""What the link learns, by a clock that a test turns. Whole connections are in test_adaptation."""

from math import inf

import pytest

from camclient.link import MEASURE_INTERVAL, SMALL_BACKLOG, TOLERANCE, WINDOW, Link


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Sender:
    """Sends over a link of a known rate and round trip; the queue in front of it has no end."""

    def __init__(self, rate: float, round_trip: float) -> None:
        self.clock = Clock()
        self.link = Link(round_trip, self.clock)
        self.rate, self.round_trip = rate, round_trip
        self._free_at = 0.0

    def send(self, nbytes: int, *, pause: float = 0.0) -> float:
        """One measured picture and all its answers, then a pause; when it had passed."""
        before = self.link.mark(None)
        answered_at = max(self.clock.now, self._free_at) + self.round_trip
        began = self.clock.now
        self.link.begin(nbytes)
        self.link.end()
        behind = self.link.mark(None, measures=True)
        self._free_at = max(began, self._free_at) + nbytes / self.rate
        self.clock.now = answered_at
        self.link.answer(before)
        self.clock.now = self._free_at + self.round_trip
        self.link.answer(behind)
        self.clock.now += pause
        return self._free_at


@pytest.mark.parametrize("round_trip", [0.002, 0.6])
@pytest.mark.parametrize("nbytes", [1000, 30_000])
def test_the_rate_is_learned_whatever_the_round_trip_and_the_size(
    round_trip: float, nbytes: int
) -> None:
    sender = Sender(100_000, round_trip)
    for _ in range(3):
        sender.send(nbytes, pause=0.1)
    assert sender.link.seconds_per_byte == pytest.approx(1 / 100_000)
    assert sender.link.round_trip == pytest.approx(round_trip)
    assert sender.link.frame_bytes == nbytes


def test_at_first_nothing_is_known_and_each_picture_waits_for_the_answer() -> None:
    link = Link(0.1, Clock())
    assert link.seconds_per_byte is None
    assert link.frame_bytes is None
    assert link.delay(None) == 0
    assert link.is_to_measure(1000)
    link.begin(1000)
    assert link.delay(None) == inf


def test_the_last_few_seconds_count() -> None:
    sender = Sender(100_000, 0.01)
    for _ in range(5):
        sender.send(10_000, pause=0.4)
    sender.rate = 10_000
    sender.send(10_000)
    one_of_many = sender.link.seconds_per_byte
    assert one_of_many is not None
    assert one_of_many < 0.4 / 10_000  # it may be a hiccup
    sender.clock.now += WINDOW
    sender.send(10_000)
    assert sender.link.seconds_per_byte == pytest.approx(1 / 10_000)


def test_the_next_picture_begins_when_the_one_before_has_left() -> None:
    sender = Sender(100_000, 0.2)
    sender.send(10_000)
    clock, link = sender.clock, sender.link
    link.begin(50_000)
    link.end()
    assert link.delay(None) == pytest.approx(0.5)
    clock.now += 0.5  # on its way for 0.2 s more, which is no reason to wait
    assert link.delay(None) == 0


def test_an_answer_that_is_late_holds_the_next_picture_back() -> None:
    sender = Sender(100_000, 0.2)
    sender.send(10_000)
    clock, link = sender.clock, sender.link
    link.begin(10_000)
    link.end()
    mark = link.mark(None, measures=True)
    assert link.waits_for_answer
    clock.now += 0.1 + 0.2 + TOLERANCE / 2
    assert link.delay(None) == 0
    clock.now += TOLERANCE
    assert link.delay(None) == inf
    link.answer(mark)
    assert link.delay(None) == 0
    assert not link.waits_for_answer


def test_so_does_what_tcp_has_not_got_acknowledged() -> None:
    sender = Sender(1_000_000, 0.01)
    sender.send(30_000)
    clock, link = sender.clock, sender.link
    for _ in range(3):
        link.begin(30_000)
        link.end()
        clock.now += 0.07
    # Two of the three may still be on their way; the third must have arrived.
    assert link.delay(SMALL_BACKLOG + 60_000) == 0
    assert link.delay(SMALL_BACKLOG + 60_001) == inf


def test_a_link_with_time_to_spare_is_measured_now_and_then_and_a_narrow_one_always() -> None:
    sender = Sender(1_000_000, 0.01)
    sender.send(10_000, pause=0.1)
    link, clock = sender.link, sender.clock
    assert not link.is_to_measure(10_000)
    clock.now += MEASURE_INTERVAL
    assert link.is_to_measure(10_000)
    link.mark(None)
    assert not link.is_to_measure(10_000)  # one answer is awaited already
    assert link.is_to_measure(1_000_000)


def test_a_ping_between_two_pieces_says_nothing_of_the_picture() -> None:
    sender = Sender(100_000, 0.01)
    clock, link = sender.clock, sender.link
    before = link.mark(None)
    clock.now += 0.01
    link.answer(before)
    link.begin(100_000)
    clock.now += 0.8
    between = link.mark(None)
    clock.now += 0.1
    link.answer(between)
    assert link.delay(None) == inf  # it does not cover the picture
    link.end()
    behind = link.mark(None, measures=True)
    clock.now += 0.11
    link.answer(behind)
    assert link.seconds_per_byte == pytest.approx(1 / 100_000)


def test_a_longer_round_trip_is_believed_slowly_and_a_shorter_one_at_once() -> None:
    clock = Clock()
    link = Link(0.1, clock)

    def ping(seconds: float) -> float:
        mark = link.mark(0)
        clock.now += seconds
        link.answer(mark)
        return link.round_trip

    assert ping(0.5) == pytest.approx(0.2)
    assert ping(0.5) == pytest.approx(0.275)
    assert ping(0.05) == pytest.approx(0.05)


def test_a_ping_behind_other_bytes_does_not_make_the_round_trip_longer() -> None:
    clock = Clock()
    link = Link(0.1, clock)
    mark = link.mark(5000)
    clock.now += 2
    assert link.answer(mark) == 2
    assert link.round_trip == 0.1


def test_one_answer_answers_all_pings_before_it() -> None:
    link = Link(0.1, Clock())
    link.mark(None)
    mark = link.mark(None)
    link.mark(None)
    link.answer(mark)
    assert link.waits_for_answer
