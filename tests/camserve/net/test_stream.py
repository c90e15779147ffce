"""A stream's promises on real sockets; test_stream_stalls.py has those about time."""

import socket

import pytest
import trio
import trio.testing

from camserve.net.stream import ConnectionStream
from tests.camserve.net.connections import MUCH, SMALL, TIMEOUT, accepted, receive_all
from tests.raw_websocket import End, end_of, reset

pytestmark = pytest.mark.usefixtures("plain_and_tls")


async def test_everything_arrives() -> None:
    data = bytes(range(256)) * 20_000
    async with accepted() as (stream, client), trio.open_nursery() as nursery:
        nursery.start_soon(stream.send_all, data)
        assert await receive_all(client, len(data)) == data


@pytest.mark.parametrize("data", [b"abc", bytearray(b"abc"), memoryview(b"abc")])
async def test_any_kind_of_bytes(data: bytes | bytearray | memoryview) -> None:
    async with accepted() as (stream, client):
        await stream.send_all(data)
        assert await receive_all(client, 3) == b"abc"


# -- errors --------------------------------------------------------------------------------


async def test_sending_to_who_is_gone() -> None:
    async with accepted() as (stream, client):
        reset(client.socket)
        await trio.testing.wait_all_tasks_blocked()
        with trio.fail_after(TIMEOUT), pytest.raises(trio.BrokenResourceError):
            await stream.send_all(b"x")


async def test_receiving_from_who_is_gone() -> None:
    async with accepted() as (stream, client):
        reset(client.socket)
        with trio.fail_after(TIMEOUT), pytest.raises(trio.BrokenResourceError):
            await stream.receive_some()


async def test_using_it_after_closing_it() -> None:
    async with accepted() as (stream, _):
        stream.close()
        with pytest.raises(trio.ClosedResourceError):
            await stream.send_all(b"x")
        with pytest.raises(trio.ClosedResourceError):
            await stream.send_latest(lambda: b"x")
        with pytest.raises(trio.ClosedResourceError):
            await stream.receive_some()


async def test_closing_it_under_a_waiting_task() -> None:
    async with accepted(window=SMALL) as (stream, _), trio.open_nursery() as nursery:

        async def send() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await stream.send_all(MUCH)

        async def receive() -> None:
            with pytest.raises(trio.ClosedResourceError):
                await stream.receive_some()

        nursery.start_soon(send)
        nursery.start_soon(receive)
        await trio.testing.wait_all_tasks_blocked()
        stream.close()


async def test_senders_wait_for_each_other() -> None:
    """A pong must not land in the middle of a frame."""
    async with accepted(window=SMALL) as (stream, client), trio.open_nursery() as nursery:
        size = 1_000_000
        nursery.start_soon(stream.send_all, b"a" * size)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(stream.send_all, b"b" * size)
        await trio.testing.wait_all_tasks_blocked()
        nursery.start_soon(stream.send_all, b"c")
        assert await receive_all(client, 2 * size + 1) == b"a" * size + b"b" * size + b"c"


async def test_a_send_that_is_cancelled_half_way_is_the_last() -> None:
    """Whatever followed would land in the middle of something."""
    async with accepted(window=SMALL) as (stream, client):
        with trio.move_on_after(0.05) as scope:
            await stream.send_all(MUCH)
        assert scope.cancelled_caught
        with pytest.raises(trio.ClosedResourceError):
            await stream.send_all(b"x")
        assert await end_of(client) is End.RESET


async def test_a_send_that_is_cancelled_before_it_began_is_none() -> None:
    async with accepted() as (stream, client):
        with trio.CancelScope() as scope:
            scope.cancel()
            await stream.send_all(b"never sent")
        await stream.send_all(b"the next")
        assert await receive_all(client, 8) == b"the next"


async def test_an_empty_send_is_a_checkpoint() -> None:
    async with accepted() as (stream, _):
        with trio.testing.assert_checkpoints():
            await stream.send_all(b"")


# -- ends ----------------------------------------------------------------------------------


async def test_what_was_sent_before_a_close_arrives() -> None:
    async with accepted() as (stream, client):
        await stream.send_all(b"goodbye")
        await stream.aclose()
        stream.close()  # safe to repeat
        assert await receive_all(client, 7) == b"goodbye"
        assert await end_of(client) is End.EOF


async def test_an_abort_is_a_reset() -> None:
    async with accepted() as (stream, client):
        stream.abort()
        stream.abort()
        assert await end_of(client) is End.RESET


async def test_half_a_close() -> None:
    async with accepted() as (stream, client):
        await stream.send_all(b"my last word")
        await stream.send_eof()
        assert await receive_all(client, 12) == b"my last word"
        assert await client.receive_some() == b""
        await client.send_all(b"yours")
        assert await stream.receive_some() == b"yours"


# -- bytes put back ------------------------------------------------------------------------


async def test_bytes_put_back_come_first() -> None:
    async with accepted() as (stream, client):
        await client.send_all(b"new")
        stream.unread(b"older")
        stream.unread(b"oldest ")
        assert await stream.receive_some(1) == b"oldest older"  # all at once
        assert await stream.receive_some() == b"new"


async def test_bytes_put_back_are_given_at_a_checkpoint() -> None:
    async with accepted() as (stream, _):
        stream.unread(b"x")
        with trio.testing.assert_checkpoints():
            await stream.receive_some()


# -- the socket ----------------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(socket, "TCP_NOTSENT_LOWAT"), reason="not on this platform")
async def test_the_kernel_holds_few_unsent_bytes() -> None:
    """Its send buffer would be a hidden queue of old frames; trio sees to it. And no Nagle."""
    async with accepted() as (stream, _):
        unsent = stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT)
        assert unsent == 16 * 1024
        assert stream.socket.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_the_peer_is_known_even_when_it_is_gone() -> None:
    async with accepted() as (stream, client):
        host, port = client.socket.getsockname()
        reset(client.socket)
        with pytest.raises(trio.BrokenResourceError):
            await stream.receive_some()
        stream.close()
        assert stream.peer == f"{host}:{port}"


async def test_a_peer_that_was_gone_before_it_was_accepted() -> None:
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    async with listener:
        with socket.create_connection(listener.socket.getsockname()) as client:
            reset(client)
        async with ConnectionStream(await listener.accept()) as stream:
            assert stream.peer == "unknown"


async def test_an_ipv6_peer_has_brackets() -> None:
    async with accepted(host="::1") as (stream, client):
        assert stream.peer == f"[::1]:{client.socket.getsockname()[1]}"
