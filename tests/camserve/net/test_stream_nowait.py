"""What a fan-out uses: sends that do not wait, the rest of them, and late choices.

test_tls_stream.py has what differs with TLS.
"""

import os

import pytest
import trio
import trio.testing

from camserve.net.stream import ConnectionStream
from tests.camserve.net.connections import MUCH, SMALL, TIMEOUT, accepted, receive_all
from tests.raw_websocket import reset

both = pytest.mark.usefixtures("plain_and_tls")


async def filled(stream: ConnectionStream) -> bytes:
    """Send until the kernel takes only a part; all that was sent."""
    count = stream.send_nowait(MUCH)
    assert 0 < count < len(MUCH)
    return MUCH[:count]


@both
async def test_what_the_kernel_takes_is_sent_at_once() -> None:
    async with accepted() as (stream, client):
        assert stream.send_nowait(b"hello") == 5
        assert await receive_all(client, 5) == b"hello"


async def test_the_rest_follows_before_anything_else() -> None:
    async with accepted(window=SMALL) as (stream, client), trio.open_nursery() as nursery:
        begun = await filled(stream)
        assert await receive_all(client, len(begun)) == begun
        # The kernel would take more again; only the rest may come now.
        assert stream.send_nowait(b"no") == 0
        nursery.start_soon(stream.send_all, b"c")
        await trio.testing.wait_all_tasks_blocked()
        assert stream.send_nowait(b"no") == 0
        rest = b"b" * 1_000_000
        nursery.start_soon(stream.send_rest, memoryview(rest))
        expected = rest + b"c"
        assert await receive_all(client, len(expected)) == expected
        await trio.testing.wait_all_tasks_blocked()
        assert stream.send_nowait(b"d") == 1
        assert await receive_all(client, 1) == b"d"


@both
async def test_nothing_is_put_into_the_middle_of_a_waiting_send() -> None:
    async with accepted(window=SMALL) as (stream, client), trio.open_nursery() as nursery:
        nursery.start_soon(stream.send_all, MUCH)
        await trio.testing.wait_all_tasks_blocked()
        assert stream.send_nowait(b"no") == 0
        assert await receive_all(client, len(MUCH)) == MUCH
        await trio.testing.wait_all_tasks_blocked()
        assert stream.send_nowait(b"bb") == 2
        assert await receive_all(client, 2) == b"bb"


@both
async def test_a_rest_that_nobody_takes_is_cut() -> None:
    async with accepted(window=SMALL, stall_timeout=0.2) as (stream, _):
        await filled(stream)
        with trio.fail_after(TIMEOUT), pytest.raises(trio.BrokenResourceError):
            await stream.send_rest(memoryview(MUCH))


@both
async def test_who_is_gone_takes_nothing() -> None:
    async with accepted() as (stream, client):
        reset(client.socket)
        await trio.testing.wait_all_tasks_blocked()
        assert stream.send_nowait(b"x") == 0
        with pytest.raises(trio.BrokenResourceError):
            await stream.send_all(b"x")


@both
@pytest.mark.parametrize("abort", [False, True])
async def test_a_file_number_that_was_reused_is_never_written_to(abort: bool) -> None:
    async with accepted() as (stream, _):
        number = stream.socket.fileno()
        reading, writing = os.pipe()
        if abort:
            stream.abort()
        else:
            stream.close()
        os.dup2(writing, number)  # as a new connection might take it
        try:
            assert stream.send_nowait(b"meant for another") == 0
            os.set_blocking(reading, False)
            with pytest.raises(BlockingIOError):
                os.read(reading, 100)
        finally:
            for opened in (reading, writing, number):
                os.close(opened)


async def test_a_choice_is_made_when_what_was_sent_has_left() -> None:
    chosen: list[bytes] = []

    def choose() -> bytes:
        chosen.append(newest)
        return newest

    async with accepted(window=SMALL) as (stream, client), trio.open_nursery() as nursery:
        begun = await filled(stream)
        newest = b"old"
        nursery.start_soon(stream.send_latest, choose)
        await trio.testing.wait_all_tasks_blocked()
        assert chosen == []  # the rest has not been sent
        newest = b"older"
        await stream.send_rest(memoryview(b""))
        await trio.testing.wait_all_tasks_blocked()
        assert chosen == []  # what the kernel has has not left
        newest = b"new"
        assert await receive_all(client, len(begun) + 3) == begun + b"new"
        assert chosen == [b"new"]


async def test_waiting_for_a_choice_ends_as_well() -> None:
    async with accepted(window=SMALL, stall_timeout=0.2) as (stream, _):
        await filled(stream)
        await stream.send_rest(memoryview(b""))
        with trio.fail_after(TIMEOUT), pytest.raises(trio.BrokenResourceError):
            await stream.send_latest(lambda: b"x")
