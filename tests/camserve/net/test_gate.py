"""What passes the gate before it is opened, and after."""

import pytest
import trio
import trio.testing

from camserve.net.gate import Gate
from tests.camserve.net.connections import TIMEOUT, accepted

LIMIT = 100

MemoryStream = trio.StapledStream[trio.testing.MemorySendStream, trio.testing.MemoryReceiveStream]


def pair() -> tuple[Gate, MemoryStream]:
    ours, theirs = trio.testing.memory_stream_pair()
    return Gate(ours, LIMIT), theirs


async def test_no_more_than_the_limit_passes_a_closed_gate() -> None:
    gate, theirs = pair()
    await theirs.send_all(b"x" * (LIMIT + 1))
    received = b""
    with trio.move_on_after(0.05) as waiting:
        while True:
            received += await gate.receive_some()
    assert waiting.cancelled_caught
    assert received == b"x" * LIMIT


async def test_an_opened_gate_gives_the_rest() -> None:
    gate, theirs = pair()
    data = bytes(range(256)) * 10
    await theirs.send_all(data)
    received = await gate.receive_some()
    async with trio.open_nursery() as nursery:

        async def receive() -> None:
            nonlocal received
            received += await gate.receive_some()

        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked()
        assert len(received) == LIMIT
        gate.open()
    assert received == data


async def test_an_open_gate_has_no_limit() -> None:
    gate, theirs = pair()
    gate.open()
    await theirs.send_all(b"x" * 1000)
    assert await gate.receive_some() == b"x" * 1000


async def test_the_reader_may_ask_for_less() -> None:
    gate, theirs = pair()
    await theirs.send_all(b"abcdef")
    assert await gate.receive_some(2) == b"ab"
    gate.open()
    assert await gate.receive_some(3) == b"cde"


async def test_an_end_before_the_limit_is_seen() -> None:
    gate, theirs = pair()
    await theirs.send_all(b"ab")
    await theirs.aclose()
    assert await gate.receive_some() == b"ab"
    assert await gate.receive_some() == b""


async def test_more_than_the_limit_at_once_leaves_nothing() -> None:
    """Bytes that were put back on a ConnectionStream come all at once."""
    async with accepted() as (stream, client):
        stream.unread(b"x" * (LIMIT + 50))
        gate = Gate(stream, LIMIT)
        await client.send_all(b"more")
        assert await gate.receive_some() == b"x" * (LIMIT + 50)
        with trio.move_on_after(0.05) as waiting:
            await gate.receive_some()
        assert waiting.cancelled_caught
        gate.open()
        with trio.fail_after(TIMEOUT):
            assert await gate.receive_some() == b"more"


async def test_the_other_direction_is_always_open() -> None:
    gate, theirs = pair()
    await gate.wait_send_all_might_not_block()
    await gate.send_all(b"hello")
    assert await theirs.receive_some() == b"hello"


async def test_closing_it_closes_what_is_behind() -> None:
    gate, theirs = pair()
    await gate.aclose()
    assert await theirs.receive_some() == b""
    with pytest.raises(trio.ClosedResourceError):
        await gate.send_all(b"hello")
