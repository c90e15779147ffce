"""Sends and reads with TLS, where what was encrypted cannot be taken back."""

import pytest
import trio
import trio.testing

from camserve.net import tls, tls_records
from camserve.net.certificate import Certificate
from camserve.net.stream import ConnectionStream
from camserve.net.tls import TlsStream
from tests.camserve.net import connections
from tests.camserve.net.connections import SMALL, TIMEOUT, accepted, receive_all
from tests.certificates import Authority
from tests.raw_websocket import End, end_of


@pytest.fixture(autouse=True)
def _with_tls(shared_authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CERTIFICATE", Certificate(*shared_authority.issue()))
    monkeypatch.setattr(connections, "TRUSTING", shared_authority.trusting())


def numbered(size: int) -> bytes:
    return b"".join(b"%07d " % number for number in range(size // 8))


async def send_until_partial(stream: ConnectionStream, frame: bytes) -> tuple[int, int]:
    """Send frames until one is taken in part: how many were taken whole, and the part."""
    whole = 0
    while (sent := stream.send_nowait(frame)) == len(frame):
        whole += 1
    return whole, sent


@pytest.mark.parametrize("size", [8, 30_000, tls.PIECE - 8, tls.PIECE, 1_000_000, 5_000_000])
async def test_frames_arrive_whole_whatever_the_kernel_took(size: int) -> None:
    frame = numbered(size)
    async with accepted(window=SMALL) as (stream, client), trio.open_nursery() as nursery:
        whole, sent = await send_until_partial(stream, frame)
        assert stream.send_nowait(frame) == 0, "in the middle of another one"
        received = bytearray()

        async def receive() -> None:
            received.extend(await receive_all(client, (whole + 1) * len(frame) + 4))

        nursery.start_soon(receive)
        if sent:
            await stream.send_rest(memoryview(frame)[sent:])
        else:
            await stream.send_latest(lambda: frame)
        await stream.send_all(b"then")
    assert bytes(received) == frame * (whole + 1) + b"then"


class NeverWritable:
    """In place of what asks the kernel."""

    def poll(self, timeout: float) -> list[tuple[int, int]]:
        return []


async def test_nothing_is_encrypted_when_the_kernel_takes_nothing() -> None:
    """What was encrypted would have to be sent in the end, however old it is then."""
    async with accepted() as (stream, client):
        assert isinstance(stream, TlsStream)
        poll = stream._poll
        stream._poll = NeverWritable()  # type: ignore[assignment]
        assert stream.send_nowait(b"old") == 0
        assert (len(stream._unsent), stream._records.pending) == (0, 0)
        stream._poll = poll
        assert stream.send_nowait(b"new") == 3
        assert await receive_all(client, 3) == b"new"


async def test_at_most_a_piece_waits_encrypted() -> None:
    async with accepted(window=SMALL) as (stream, _):
        assert isinstance(stream, TlsStream)
        stream.send_nowait(bytes(100_000_000))
        assert 0 < len(stream._unsent) <= tls.PIECE + 1024


async def test_a_huge_frame_has_turns() -> None:
    async with accepted() as (stream, client), trio.open_nursery() as nursery:
        size = 3 * tls.MOST_AT_ONCE

        async def receive() -> None:
            assert await receive_all(client, size) == bytes(size)

        nursery.start_soon(receive)
        sent = stream.send_nowait(bytes(size))
        assert 0 < sent <= tls.MOST_AT_ONCE
        await stream.send_rest(memoryview(bytes(size))[sent:])


async def test_a_rest_that_is_cancelled_cuts_the_connection() -> None:
    async with accepted(window=SMALL) as (stream, client):
        sent = stream.send_nowait(bytes(20_000_000))
        with trio.move_on_after(0.05) as scope:
            await stream.send_rest(memoryview(bytes(20_000_000 - sent)))
        assert scope.cancelled_caught
        with trio.fail_after(TIMEOUT):
            assert await end_of(client) is End.RESET


async def test_no_farewell_behind_half_a_frame() -> None:
    async with accepted(window=SMALL) as (stream, client):
        stream.send_nowait(bytes(20_000_000))
        stream.close()
        with trio.fail_after(TIMEOUT):
            assert await end_of(client) is End.RESET  # to this client, an end without a farewell


async def test_no_farewell_while_something_is_unsent() -> None:
    """It would say that all has come, also where the kernel takes something again."""
    async with accepted() as (stream, client):
        assert isinstance(stream, TlsStream)
        stream._unsent = memoryview(b"the rest of a record")
        stream.close()
        with trio.fail_after(TIMEOUT):
            assert await end_of(client) is End.RESET


@pytest.mark.parametrize("size", [0, 1])
async def test_too_little_to_send_a_part_of(size: int) -> None:
    async with accepted() as (stream, client):
        assert stream.send_nowait(bytes(size)) == 0
        await stream.send_all(b"next")
        assert await receive_all(client, 4) == b"next"


async def test_what_came_in_one_packet_is_received_at_once() -> None:
    async with accepted() as (stream, client):
        await client.send_all(numbered(40_000))
        received = await stream.receive_some()
        while len(received) < 40_000:
            more = await stream.receive_some()
            assert more
            received += more
        assert received == numbered(40_000)


async def test_a_part_that_is_asked_for_leaves_the_rest() -> None:
    async with accepted() as (stream, client):
        await client.send_all(b"abcdefgh")
        assert await stream.receive_some(3) == b"abc"
        with trio.CancelScope() as scope:
            scope.cancel()
            await stream.receive_some()
        assert scope.cancelled_caught, "a checkpoint"
        assert await stream.receive_some(2) == b"de"
        assert stream.receive_nowait() == b"fgh"
        assert stream.receive_nowait() is None


async def test_who_makes_tls_answer_without_end_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    async with accepted() as (stream, client):
        monkeypatch.setattr(
            tls_records, "MAX_ANSWERS", -1
        )  # Python's client cannot ask for new keys
        await client.send_all(b"x")
        with pytest.raises(trio.BrokenResourceError, match="too much"):
            await stream.receive_some()
