"""Pictures over links of all kinds, in virtual time: fresh always, and as many as fit."""

from collections.abc import Callable
from itertools import pairwise
from statistics import median

import pytest
import trio
from trio.testing import MockClock

from camclient import push as push_module
from camclient.failures import PushError
from camclient.latest import LatestSlot
from camclient.rate import Bounds, Rate
from camclient.sources.source import Capture
from camserve.wire import UNLIMITED_FPS, encode_demand
from tests.camclient.fakes import Push
from tests.camclient.virtual_link import Arrival, VirtualCamera, VirtualLink

MEGABIT = 125_000.0  # bytes per second
EVERYTHING = encode_demand(UNLIMITED_FPS, 0)
BOUNDS = Bounds(quality=80, min_fps=1, min_quality=40)


@pytest.fixture
def rate() -> Rate:
    return Rate(BOUNDS)


@pytest.fixture
async def link(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> VirtualLink:
    link = VirtualLink()
    link.demand = EVERYTHING

    async def connect(endpoint: object, ssl_context: object) -> object:
        return link.client_stream

    async def run_here(encode: Callable[[int, int], bytes], *args: int, **options: object) -> bytes:
        return encode(*args)

    monkeypatch.setattr(push_module, "connect", connect)
    # In a thread no virtual time passes.
    monkeypatch.setattr(trio.to_thread, "run_sync", run_here)
    nursery.start_soon(link.run)
    return link


@pytest.fixture
def camera(slot: LatestSlot[Capture], rate: Rate) -> VirtualCamera:
    return VirtualCamera(slot, rate)


@pytest.fixture
async def running(
    link: VirtualLink, camera: VirtualCamera, nursery: trio.Nursery, begin: Push
) -> VirtualLink:
    """The link, with the camera's pictures on the way; tests set what they like first."""
    nursery.start_soon(camera.run)
    begin("ws://virtual")
    return link


async def arrivals(link: VirtualLink, seconds: float) -> list[Arrival]:
    start = len(link.arrivals)
    await trio.sleep(seconds)
    return link.arrivals[start:]


def frame_rate(seen: list[Arrival]) -> float:
    return (len(seen) - 1) / (seen[-1].at - seen[0].at)


def assert_fresh(seen: list[Arrival], limit: float) -> None:
    ages = [each.age for each in seen]
    assert max(ages) < limit
    third = len(ages) // 3
    assert abs(median(ages[-third:]) - median(ages[:third])) < 0.1


async def test_on_a_narrow_link_there_are_fewer_pictures_and_all_are_fresh(
    autojump_clock: MockClock,
    running: VirtualLink,
) -> None:
    running.rate = MEGABIT
    await trio.sleep(3)
    seen = await arrivals(running, 60)
    # A picture takes 0.24 s there: no picture waits for another.
    assert_fresh(seen, 0.35)
    assert 3.2 < frame_rate(seen) < 4.2  # 85 % of what would pass
    assert {each.quality for each in seen} == {80}
    gaps = [later.at - earlier.at for earlier, later in pairwise(seen)]
    assert max(gaps) < 1.3 * median(gaps)  # it does not swing


async def test_the_beginning_and_a_sudden_change_make_no_old_pictures_either(
    autojump_clock: MockClock,
    running: VirtualLink,
) -> None:
    running.rate = MEGABIT
    assert max(each.age for each in await arrivals(running, 10)) < 0.6
    running.rate = 10 * MEGABIT
    await trio.sleep(10)
    running.rate = MEGABIT
    assert max(each.age for each in await arrivals(running, 10)) < 1.5


async def test_a_fast_link_has_them_all_and_is_not_kept_busy_with_pings(
    autojump_clock: MockClock,
    running: VirtualLink,
) -> None:
    running.rate = 50 * MEGABIT
    await trio.sleep(3)
    pings = running.pings
    seen = await arrivals(running, 20)
    assert frame_rate(seen) == pytest.approx(15, rel=0.05)
    assert running.pings - pings < 20 * 2 * 2 + 20


async def test_a_distant_server_is_no_narrow_link(
    autojump_clock: MockClock, running: VirtualLink
) -> None:
    running.delay = 0.3  # as over a satellite
    await trio.sleep(5)
    seen = await arrivals(running, 10)
    assert frame_rate(seen) == pytest.approx(15, rel=0.05)
    assert max(each.age for each in seen) < 0.4


async def test_a_link_that_is_fast_again_is_used_again(
    autojump_clock: MockClock, running: VirtualLink
) -> None:
    running.rate = MEGABIT / 5
    await trio.sleep(20)
    assert (await arrivals(running, 5))[-1].quality < 80
    running.rate = 50 * MEGABIT
    await trio.sleep(8)
    seen = await arrivals(running, 5)
    assert frame_rate(seen) == pytest.approx(15, rel=0.05)
    assert {each.quality for each in seen} == {80}


async def test_pictures_become_worse_only_when_they_cannot_become_fewer(
    autojump_clock: MockClock, running: VirtualLink, camera: VirtualCamera
) -> None:
    camera.size = 150_000
    running.rate = MEGABIT
    await trio.sleep(5)
    seen = await arrivals(running, 60)
    assert_fresh(seen, 1.1)
    assert frame_rate(seen) == pytest.approx(1, rel=0.1)  # min_fps
    assert 40 < min(each.quality for each in seen) < 70
    assert max(each.quality for each in seen) - min(each.quality for each in seen) <= 10


async def test_quality_has_a_bound_too(
    autojump_clock: MockClock, running: VirtualLink, camera: VirtualCamera
) -> None:
    camera.size = 600_000
    running.rate = MEGABIT
    await trio.sleep(10)
    seen = await arrivals(running, 60)
    assert {each.quality for each in seen} == {40}
    # 2.4 s for each, and none was waiting when its turn came.
    assert max(each.age for each in seen) < 2.7


async def test_jpegs_that_are_passed_on_keep_the_quality_they_say(
    autojump_clock: MockClock, running: VirtualLink, rate: Rate, camera: VirtualCamera
) -> None:
    camera.size, camera.quick = 600_000, True
    running.rate = MEGABIT
    await trio.sleep(30)
    assert rate.quality == 80
    assert rate.interval == 1


async def test_a_hiccup_is_no_narrow_link(autojump_clock: MockClock, running: VirtualLink) -> None:
    running.rate = 50 * MEGABIT
    await trio.sleep(5)
    running.stalled = True
    await trio.sleep(0.4)
    running.stalled = False
    seen = await arrivals(running, 3)
    assert len(seen) > 3 * 15 * 0.7
    assert frame_rate(await arrivals(running, 3)) == pytest.approx(15, rel=0.05)


async def test_a_server_that_is_silent_for_some_seconds_is_left(
    autojump_clock: MockClock, running: VirtualLink, ended: list[PushError]
) -> None:
    await trio.sleep(10)
    running.stalled = True
    await trio.sleep(3)
    assert not ended
    await trio.sleep(2)
    assert str(ended[0]) == "no sign of life from the server for 4 s"


async def test_one_that_is_silent_while_nobody_watches_too(
    autojump_clock: MockClock, running: VirtualLink, ended: list[PushError]
) -> None:
    running.demand = encode_demand(0, 0)
    await trio.sleep(11)
    running.stalled = True
    await trio.sleep(5)
    assert ended


async def test_on_a_very_slow_link_a_picture_may_take_long(
    autojump_clock: MockClock, running: VirtualLink, camera: VirtualCamera, ended: list[PushError]
) -> None:
    running.buffer = 8000
    running.rate = 5000
    camera.size = 100_000
    await trio.sleep(60)
    assert not ended
    assert len(running.arrivals) >= 2


async def test_an_old_server_that_knows_no_demand_gets_everything(
    autojump_clock: MockClock, running: VirtualLink
) -> None:
    running.demand = None
    running.rate = MEGABIT
    await trio.sleep(5)
    seen = await arrivals(running, 20)
    assert_fresh(seen, 0.35)
    assert frame_rate(seen) > 3.2
