from collections.abc import Callable

import pytest

from camclient.link import Link
from camclient.meter import Meter
from camclient.rate import RAISE_INTERVAL, SHARE, Bounds, Rate

BOUNDS = Bounds(fps=10, quality=80, min_fps=1, min_quality=40, preview_interval=4)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class KnownLink(Link):
    """Drains pictures of some size as a test says."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(0.0, clock)
        self.drains = 1000.0  # pictures per second
        self.forgotten = 0

    @property
    def seconds_per_byte(self) -> float | None:
        return 1 / self.drains / 1000

    @property
    def best_seconds_per_byte(self) -> float | None:
        return self.seconds_per_byte

    @property
    def frame_bytes(self) -> float | None:
        return 1000.0

    def forget_sizes(self) -> None:
        self.forgotten += 1


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def link(clock: Clock) -> KnownLink:
    return KnownLink(clock)


@pytest.fixture
def rate(clock: Clock, link: KnownLink) -> Rate:
    """Connected, and everything is wanted."""
    rate = Rate(BOUNDS, Meter(clock), clock)
    rate.begin(0.0)
    rate.link = link
    rate.picture_sent()
    return rate


def test_without_a_connection_there_are_previews() -> None:
    rate = Rate(BOUNDS)
    assert rate.fps == 0.25
    rate.begin(0.0)
    assert rate.fps == 10
    rate.end()
    assert rate.fps == 0.25


def test_a_server_that_says_nothing_gets_everything() -> None:
    rate = Rate(Bounds())
    rate.begin(0.0)
    rate.picture_sent()
    assert rate.fps is None
    assert rate.width == 0


def test_what_viewers_want_holds_below_what_was_configured(rate: Rate) -> None:
    rate.demanded(4, 320)
    assert (rate.fps, rate.width) == (4, 320)
    rate.demanded(1000, 0)
    assert (rate.fps, rate.width) == (10, 0)
    rate.demanded(0, 0)
    assert rate.fps == 0.25


def test_viewers_who_want_fewer_pictures_than_a_preview_do_not_stop_it(rate: Rate) -> None:
    """The server takes a camera for stale that sends too few."""
    rate.demanded(0.01, 0)
    assert rate.fps == 1 / rate.bounds.preview_interval


def test_a_preview_is_never_more_than_was_configured() -> None:
    rate = Rate(Bounds(fps=0.1, preview_interval=5))
    assert rate.fps == 0.1


def test_the_first_picture_of_a_connection_does_not_wait_for_its_turn() -> None:
    rate = Rate(BOUNDS)
    rate.begin(0.0)
    rate.demanded(0, 0)
    assert rate.fps == 10
    rate.picture_sent()
    assert rate.fps == 0.25


def test_whoever_reads_the_source_is_told_of_changes_only(rate: Rate) -> None:
    told = list[float | None]()
    rate.on_change(lambda: told.append(rate.fps))
    rate.demanded(5, 0)
    rate.demanded(5, 640)
    rate.demanded(0, 0)
    rate.on_change(None)
    rate.demanded(5, 0)
    assert told == [5, 0.25]


def test_a_demand_ends_with_its_connection(rate: Rate) -> None:
    rate.demanded(0, 320)
    rate.end()
    rate.begin(0.0)
    assert (rate.fps, rate.width) == (10, 0)


def test_a_narrow_link_lowers_the_rate_at_once(rate: Rate, link: KnownLink) -> None:
    link.drains = 5
    rate.learn()
    assert rate.fps == pytest.approx(5 * SHARE)
    assert rate.interval == pytest.approx(1 / 5 / SHARE)
    assert rate.quality == 80


def test_it_never_goes_below_the_bounds(rate: Rate, link: KnownLink) -> None:
    link.drains = 0.1
    for _ in range(30):
        rate.learn()
    assert rate.fps == 1
    assert rate.quality == 40


def test_small_changes_are_noise(rate: Rate, link: KnownLink, clock: Clock) -> None:
    link.drains = 5
    rate.learn()
    before = rate.fps
    for drains in (4.6, 5.4, 4.7, 5.3):
        link.drains = drains
        clock.now += 1
        rate.learn()
        assert rate.fps == before


def test_it_comes_back_in_steps(rate: Rate, link: KnownLink, clock: Clock) -> None:
    link.drains = 1 / SHARE
    rate.learn()
    assert rate.fps == 1
    link.drains = 1000
    seen = list[float | None]()
    for _ in range(12):
        clock.now += RAISE_INTERVAL / 2
        rate.learn()
        seen.append(rate.fps)
    assert seen[:5] == pytest.approx([1.5, 1.5, 2.25, 2.25, 3.375])
    assert seen[-1] == 10
    assert rate.interval == 0


def test_quality_is_lowered_last_and_raised_first(
    rate: Rate, link: KnownLink, clock: Clock
) -> None:
    link.drains = 0.6
    rate.learn()
    assert rate.quality == pytest.approx(80 * 0.6 * SHARE, abs=1)
    assert link.forgotten == 1  # what pictures had in bytes is of no use any more
    link.drains = 1.6 / SHARE
    rate.learn()
    assert rate.quality == 46
    link.drains = 1.2 / SHARE
    rate.learn()
    assert rate.quality == 46
    link.drains = 1000
    for _ in range(10):
        clock.now += 1
        rate.learn()
    assert rate.quality == 80
    assert rate.meter.snapshot().quality == 80


def test_where_nothing_is_encoded_quality_is_left_alone(rate: Rate, link: KnownLink) -> None:
    rate.encodes = False
    link.drains = 0.1
    rate.learn()
    assert rate.quality == 80
    assert not rate.meter.snapshot().encodes


def test_while_nobody_watches_one_preview_is_all_the_link_must_drain(
    rate: Rate, link: KnownLink
) -> None:
    rate.demanded(0, 0)
    link.drains = 0.5
    rate.learn()
    assert (rate.fps, rate.quality) == (0.25, 80)


def test_who_comes_after_a_preview_has_what_the_link_drains_now(
    rate: Rate, link: KnownLink
) -> None:
    link.drains = 1 / SHARE
    rate.learn()
    rate.demanded(0, 0)
    link.drains = 1000
    rate.learn()
    rate.demanded(1000, 0)
    assert rate.fps == 10


def test_on_a_narrow_link_the_next_picture_is_taken_when_its_turn_comes(
    rate: Rate, link: KnownLink
) -> None:
    link.drains = 2
    rate.learn()
    told = list[float | None]()
    rate.on_change(lambda: told.append(rate.fps))
    rate.hurry(True)
    rate.hurry(False)
    assert told == pytest.approx([10, 2 * SHARE])


def test_a_new_connection_starts_without_prejudice_but_with_the_old_quality(
    rate: Rate, link: KnownLink
) -> None:
    link.drains = 0.5
    rate.learn()
    rate.end()
    rate.begin(0.0)
    assert rate.fps == 10
    assert rate.quality < 80


def test_the_least_quality_may_lie_above_the_one_that_was_asked_for() -> None:
    rate = Rate(Bounds(quality=30, min_quality=40))
    rate.begin(0.0)
    rate.link = link = KnownLink(lambda: 0.0)
    link.drains = 0.1
    rate.learn()
    assert rate.quality == 30
