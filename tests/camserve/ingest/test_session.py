"""What a session decides about what arrives and what is to be sent. No sockets."""

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from camserve.ingest.closing import Close
from camserve.ingest.session import encode
from camserve.ingest.transport import Disconnected, TextReceived
from camserve.relay import Ending, Move, State, Update
from camserve.wire import RemoteProtocolError, encode_move, encode_update
from tests.camserve.ingest.fake_transport import FakeTransport
from tests.camserve.ingest.ingest_site import (
    framed,
    hello,
)
from tests.camserve.ingest.session_table import KEEP_ALIVE, Table
from tests.serving import jpeg

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
    async with trio.open_nursery() as verifying:
        verifying.start_soon(session.verify)
        await table.settle()
        table.cameras.remove(1)
        await table.catalogue.refresh()
        transport.put(table.hello[4:])
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
        assert table.latest() == jpeg(2)
        assert table.hub.rejections == before + 1
        table.hub.remove(1)


async def test_a_last_frame_is_published_although_the_camera_left(table: Table) -> None:
    transport = await table.connected()
    transport.put(framed(jpeg()), Disconnected())
    await table.settle()
    assert table.latest() == jpeg()
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
    assert table.latest() == jpeg()
    # Not even its end waits for the message.
    publisher.end(Ending.REPLACED)
    await table.settle()
    assert transport.closed == (1008, "Replaced by a new connection")
