"""Pings: where they stand between the pictures, when they may be sent, what they are for."""

import pytest
import trio
import trio.lowlevel
from trio.testing import MockClock

from camclient import pulse
from camclient import push as push_module
from camclient.connection import Connection
from camclient.endpoint import Target, parse_endpoint
from camclient.failures import ConnectionLostError, PushError
from camclient.latest import LatestSlot
from camclient.rate import Rate
from camclient.sources.source import Capture
from camclient.stream import WatchedStream
from camserve.wire import encode_demand
from tests.camclient.fakes import FakeProgress, Push
from tests.camclient.virtual_link import VirtualCapture, VirtualLink


@pytest.fixture
def link(nursery: trio.Nursery, monkeypatch: pytest.MonkeyPatch) -> VirtualLink:
    link = VirtualLink(rate=600_000)
    link.demand = encode_demand(1000, 0)

    async def connect(endpoint: object, ssl_context: object) -> object:
        return link.client_stream

    monkeypatch.setattr(push_module, "connect", connect)
    nursery.start_soon(link.run)
    return link


def picture(size: int = 40_000) -> VirtualCapture:
    return VirtualCapture(trio.current_time(), size, quick=True)


async def test_a_picture_that_is_measured_stands_between_two_pings(
    autojump_clock: MockClock, link: VirtualLink, begin: Push, slot: LatestSlot[Capture]
) -> None:
    begin("ws://virtual")
    for _ in range(20):
        await trio.sleep(0.5)
        # The second is sent as soon as the first one lets it.
        slot.put(picture())
        await trio.sleep(0.001)
        slot.put(picture())
        await trio.sleep(1)
    assert len(link.arrivals) == 40
    pieces = link.order.removeprefix("d")  # the hello
    assert pieces.count("pdddddp") >= 20
    assert "d" not in pieces.replace("ddddd", "")  # nothing stands within a picture


async def test_an_old_server_is_left_in_peace_at_first(
    autojump_clock: MockClock, link: VirtualLink, begin: Push, slot: LatestSlot[Capture]
) -> None:
    link.demand = None
    begin("ws://virtual")
    slot.put(picture())
    await trio.sleep(pulse.PING_INTERVAL - 0.1)
    assert len(link.arrivals) == 1
    assert link.pings == 0
    await trio.sleep(1)
    assert link.pings == 1


async def test_a_silent_line_is_pinged(
    autojump_clock: MockClock, link: VirtualLink, begin: Push, rate: Rate
) -> None:
    begin("ws://virtual")
    await trio.sleep(20)
    assert link.pings == pytest.approx(20 / pulse.PING_INTERVAL, abs=2)
    assert rate.meter.snapshot().round_trip == pytest.approx(0.02, rel=0.2)


async def test_who_slept_himself_does_not_blame_the_server(
    autojump_clock: MockClock, link: VirtualLink, begin: Push, ended: list[PushError]
) -> None:
    begin("ws://virtual")
    await trio.sleep(5)
    autojump_clock.jump(60)  # the computer was suspended, or had other things to do
    await trio.sleep(3)
    assert not ended


class FakeNetwork:
    def __init__(self) -> None:
        self.news = trio.Event()

    async def wait(self) -> None:
        await self.news.wait()
        self.news = trio.Event()


@pytest.mark.parametrize("lost", [False, True])
async def test_a_connection_whose_address_is_gone_is_left_at_once(
    autojump_clock: MockClock,
    nursery: trio.Nursery,
    link: VirtualLink,
    slot: LatestSlot[Capture],
    monkeypatch: pytest.MonkeyPatch,
    *,
    lost: bool,
) -> None:
    monkeypatch.setattr(WatchedStream, "has_lost_address", lost)
    target = Target(parse_endpoint("ws://virtual"), 7, "secret")
    connection = Connection(target, slot, Rate(), FakeProgress(), print)
    network, problems = FakeNetwork(), list[Exception]()
    async with trio.open_nursery() as inner:
        await connection.open(inner, link.client_stream)

        async def leave() -> None:
            try:
                await connection.leave_a_lost_address(network)
            except ConnectionLostError as error:
                problems.append(error)

        inner.start_soon(leave)
        await trio.sleep(1)
        network.news.set()
        await trio.sleep(1)
        inner.cancel_scope.cancel()
    assert [str(problem) for problem in problems] == (
        ["this computer has another address now"] if lost else []
    )
