"""What a session decides, and when. No sockets, so the clock may jump.

pytest-trio takes the clock from the test's own parameters only.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from camserve.ingest.session import Close, Session, close_for, encode
from camserve.ingest.transport import Disconnected, TextReceived
from camserve.registry import Catalogue, Tokens
from camserve.relay import Ending, Move, State, Update
from camserve.wire import RemoteProtocolError, encode_move, encode_update
from tests.camserve.ingest.fake_transport import FakeTransport
from tests.camserve.ingest.ingest_site import (
    CamerasInMemory,
    ObservedHub,
    catalogue_of,
    framed,
    hello,
)
from tests.serving import jpeg

PUBLISHER_TIMEOUT = 20.0
KEEP_ALIVE = bytes(4)


@dataclass
class Table:
    """One camera and all that its session needs."""

    cameras: CamerasInMemory
    catalogue: Catalogue
    hub: ObservedHub
    tokens: Tokens
    hello: bytes
    nursery: trio.Nursery

    def session(self, transport: FakeTransport) -> Session:
        return Session(
            transport,
            hub=self.hub,
            catalogue=self.catalogue,
            tokens=self.tokens,
            max_frame_bytes=1000,
            publisher_timeout=PUBLISHER_TIMEOUT,
            peer="test",
        )

    async def run(self, transport: FakeTransport) -> None:
        """Serve one connection to its end."""
        session = self.session(transport)
        await session.verify()
        await session.serve()

    async def connected(self, **settings: bool) -> FakeTransport:
        """A verified publisher, served in the background."""
        transport = FakeTransport(**settings)
        transport.put(self.hello)
        self.nursery.start_soon(self.run, transport)
        await self.settle()
        assert transport.is_verified
        return transport

    async def settle(self) -> None:
        await trio.testing.wait_all_tasks_blocked()


@asynccontextmanager
async def open_table() -> AsyncIterator[Table]:
    cameras, tokens = CamerasInMemory(1), Tokens(b"secret")
    right = hello(1, tokens.token(cameras.cameras()[0]))
    async with trio.open_nursery() as nursery:
        catalogue = await catalogue_of(cameras)
        yield Table(cameras, catalogue, ObservedHub(), tokens, right, nursery)
        nursery.cancel_scope.cancel()


@pytest.fixture
async def table() -> AsyncIterator[Table]:
    async with open_table() as opened:
        yield opened


def latest(table: Table) -> bytes | None:
    frame = table.hub.latest(1)
    return None if frame is None else frame.jpeg


# -- who it is -----------------------------------------------------------------------------


async def test_a_right_hello_opens_the_gate_and_connects_the_camera(table: Table) -> None:
    await table.connected()
    assert table.hub.publisher(1) is not None
    assert table.hub.state(1) is State.STALE  # no picture yet


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"\x07\0\0\0", (1008, "No camera with id 7 exists")),
        (b"\xff\xff\xff\xff", (1008, "No camera with id -1 exists")),
        (b"\x01\0\0\0\0\0\0\0", (1008, "Invalid token")),
        (hello(1, "wrong"), (1008, "Invalid token")),
    ],
)
async def test_a_refused_stranger_neither_opens_the_gate_nor_connects(
    said: bytes, answer: tuple[int, str], table: Table
) -> None:
    transport = FakeTransport()
    transport.put(said)
    await table.run(transport)
    assert transport.closed == answer
    assert not transport.is_verified
    assert table.hub.state(1) is State.OFFLINE


async def test_a_cancelled_verification_came_too_late(
    table: Table, autojump_clock: MockClock
) -> None:
    transport = FakeTransport()
    session = table.session(transport)
    with trio.move_on_after(5):
        await session.verify()
    await session.serve()
    assert transport.closed == (1008, "No valid token in time")


async def test_a_camera_that_is_removed_between_id_and_token_is_refused(table: Table) -> None:
    transport = FakeTransport()
    session = table.session(transport)
    transport.put(table.hello[:4])
    table.nursery.start_soon(session.verify)
    await table.settle()
    table.cameras.remove(1)
    await table.catalogue.refresh()
    transport.put(table.hello[4:])
    await table.settle()
    await session.serve()
    assert transport.closed == (1008, "Invalid token")
    assert not transport.is_verified


async def test_who_leaves_before_the_hello_ends_is_told_nothing(table: Table) -> None:
    transport = FakeTransport()
    transport.put(table.hello[:10], Disconnected())
    await table.run(transport)
    assert transport.is_open


# -- frames --------------------------------------------------------------------------------


async def test_every_cut_of_the_stream_means_the_same(table: Table) -> None:
    stream = table.hello + framed(jpeg(1), b"no picture") + KEEP_ALIVE + framed(jpeg(2))
    for cut in range(len(stream) + 1):
        transport = FakeTransport()
        transport.put(stream[:cut], stream[cut:], Disconnected())
        before = table.hub.rejections
        await table.run(transport)
        assert latest(table) == jpeg(2)
        assert table.hub.rejections == before + 1
        table.hub.remove(1)


async def test_a_last_frame_is_published_although_the_camera_left(table: Table) -> None:
    transport = await table.connected()
    transport.put(framed(jpeg()), Disconnected())
    await table.settle()
    assert latest(table) == jpeg()
    assert table.hub.state(1) is State.OFFLINE
    assert transport.is_open


@pytest.mark.parametrize(
    ("item", "answer"),
    [
        (b"\xff\xff\xff\xff", Close(1002, "Invalid frame length -1")),
        (b"\xe9\x03\0\0", Close(1009, "Frame of 1001 bytes is larger than 1000")),
        (RemoteProtocolError(1009, "too long"), Close(1009, "too long")),
        (TextReceived(), Close(1003, "Only binary messages are understood")),
    ],
)
async def test_what_ends_a_publisher(
    item: bytes | RemoteProtocolError | TextReceived, answer: Close, table: Table
) -> None:
    transport = await table.connected()
    transport.put(item)
    await table.settle()
    assert transport.closed == (answer.code, answer.reason)
    assert table.hub.state(1) is State.OFFLINE


# -- life ----------------------------------------------------------------------------------


async def test_silence_ends_it_after_the_timeout(table: Table, autojump_clock: MockClock) -> None:
    transport = await table.connected(answers_pings=False)
    began = trio.current_time()
    await trio.sleep(PUBLISHER_TIMEOUT - 0.01)
    assert transport.is_open
    assert table.hub.publisher(1) is not None
    await trio.sleep(1)
    assert transport.closed == (1008, "No frame and no answer to pings")
    assert transport.closed_at == pytest.approx(began + PUBLISHER_TIMEOUT)
    assert table.hub.state(1) is State.OFFLINE


@pytest.mark.parametrize("sent", [framed(jpeg()), framed(b"no picture"), KEEP_ALIVE])
async def test_what_it_sends_counts_as_life(
    sent: bytes, table: Table, autojump_clock: MockClock
) -> None:
    transport = await table.connected(answers_pings=False)
    for _ in range(10):
        await trio.sleep(PUBLISHER_TIMEOUT * 0.9)
        transport.put(sent)
    await trio.sleep(PUBLISHER_TIMEOUT * 0.9)
    assert transport.is_open


async def test_an_answered_ping_counts_as_life(table: Table, autojump_clock: MockClock) -> None:
    transport = await table.connected()
    await trio.sleep(10 * PUBLISHER_TIMEOUT)
    assert transport.is_open
    began = transport.pings[0]
    assert transport.pings[:5] == [began, began + 5, began + 10, began + 15, began + 20]


async def test_the_beginning_of_a_frame_is_no_life(table: Table, autojump_clock: MockClock) -> None:
    transport = await table.connected(answers_pings=False)
    began = trio.current_time()
    transport.put(framed(jpeg(size=500))[:5])
    for _ in range(100):
        transport.put(b".")
        await trio.sleep(1)
    assert transport.closed_at == pytest.approx(began + PUBLISHER_TIMEOUT)


# -- ended by the server -------------------------------------------------------------------


@pytest.mark.parametrize("ending", list(Ending))
async def test_why_it_was_ended(ending: Ending, table: Table) -> None:
    transport = await table.connected()
    table.hub.end_publisher(1, ending)
    await table.settle()
    expected = {
        Ending.REPLACED: (1008, "Replaced by a new connection"),
        Ending.REMOVED: (1008, "No camera with id 1 exists"),
        Ending.ROTATED: (1008, "Invalid token"),
        Ending.STOPPING: (1001, "The server is stopping"),
    }
    assert transport.closed == expected[ending]


def reasons() -> Iterator[Close]:
    for ending in Ending:
        yield close_for(ending, -(2**31))


def test_reasons_fit_in_a_close_frame() -> None:
    """RFC 6455: 125 bytes of payload, of which two are the code."""
    assert all(len(close.reason.encode()) <= 123 for close in reasons())


async def test_a_newer_session_replaces_an_older_one(table: Table) -> None:
    first = await table.connected()
    second = await table.connected()
    assert first.closed == (1008, "Replaced by a new connection")
    second.put(framed(jpeg(b"second")))
    await table.settle()
    assert latest(table) == jpeg(b"second")
    assert second.is_open


@pytest.mark.parametrize("ending", [Ending.REMOVED, Ending.REPLACED])
async def test_bytes_handed_over_before_the_end_are_not_published_after_it(
    ending: Ending, table: Table
) -> None:
    """The reader has woken the session, and then the camera is removed before it runs."""
    transport = await table.connected()
    transport.put(framed(jpeg(b"late"), b"no picture"))
    if ending is Ending.REMOVED:
        table.hub.remove(1)
    else:
        table.hub.end_publisher(1, ending)
    await table.settle()
    assert table.hub.latest(1) is None
    assert table.hub.rejections == 0
    assert not transport.is_open


async def test_a_server_that_has_stopped_takes_no_publisher(table: Table) -> None:
    table.hub.close()
    transport = FakeTransport()
    transport.put(table.hello)
    await table.run(transport)
    assert transport.closed == (1001, "The server is stopping")


# -- to the camera -------------------------------------------------------------------------


def test_messages_as_bytes() -> None:
    assert encode(Move(0.5, -1.0)) == encode_move(0.5, -1.0)
    assert encode(Update.UPDATE) == encode_update()


async def test_of_moves_that_nobody_took_the_newest_is_sent(table: Table) -> None:
    transport = await table.connected()
    transport.takes_messages = trio.Event()
    publisher = table.hub.publisher(1)
    assert publisher is not None
    publisher.move(0.1, 0.1)
    await table.settle()  # this one is on its way
    for number in range(100):
        publisher.move(number / 100, 0)
    transport.takes_messages.set()
    await table.settle()
    assert transport.sent == [encode_move(0.1, 0.1), encode_move(0.99, 0)]


async def test_who_asked_for_an_update_learns_that_it_went_out(
    table: Table, autojump_clock: MockClock
) -> None:
    transport = await table.connected()
    transport.takes_messages = trio.Event()
    publisher = table.hub.publisher(1)
    assert publisher is not None
    with trio.move_on_after(5) as waiting:
        await publisher.update()
    assert waiting.cancelled_caught
    transport.takes_messages.set()
    with trio.fail_after(5):
        await publisher.update()
    assert encode_update() in transport.sent


async def test_a_camera_that_takes_no_messages_goes_on_publishing(table: Table) -> None:
    transport = await table.connected()
    transport.takes_messages = trio.Event()
    publisher = table.hub.publisher(1)
    assert publisher is not None
    publisher.move(1, 1)
    await table.settle()
    transport.put(framed(jpeg()))
    await table.settle()
    assert latest(table) == jpeg()
    # Not even its end waits for the message.
    publisher.end(Ending.REPLACED)
    await table.settle()
    assert transport.closed == (1008, "Replaced by a new connection")
