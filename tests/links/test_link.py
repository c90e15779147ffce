"""The equipment does what it says, or the tests that use it say nothing."""

import struct
from contextlib import suppress

import pytest
import trio
import trio.testing

from tests.links.far_end import PATIENCE, connection, linked


def unacknowledged(stream: trio.SocketStream) -> int:
    """Segments that TCP has sent and heard nothing of."""
    # struct tcp_info of tcp(7): 8 bytes, then 32 bits each; tcpi_unacked is the fifth.
    info = stream.getsockopt(trio.socket.IPPROTO_TCP, trio.socket.TCP_INFO, 104)
    count: int = struct.unpack_from("=8x4xIIII", info)[3]
    return count


async def blast(stream: trio.SocketStream) -> None:
    with suppress(trio.BrokenResourceError, trio.ClosedResourceError):
        while True:
            await stream.send_all(bytes(4096))


async def test_a_perfect_link_carries_everything_and_the_end() -> None:
    async with linked() as (link, far), connection(link.port) as near:
        await near.send_all(bytes(3_000_000))
        await near.send_eof()
        await far.wait_got(3_000_000)
        assert await far.wait_ended() == "end"
        assert far.got == link.up.passed == 3_000_000
        assert await near.receive_some() == b"bye"
        assert await near.receive_some() == b""


@pytest.mark.parametrize("rate", [20_000, 125_000, 1_000_000])
async def test_the_rate_is_exact(rate: int) -> None:
    async with (
        linked() as (link, far),
        connection(link.port) as near,
        trio.open_nursery() as nursery,
    ):
        link.set(rate=rate, queue=16_384)
        nursery.start_soon(blast, near)
        began, before = await far.wait_got(rate // 5), far.got
        ended = await far.wait_got(before + rate)
        assert (far.got - before) / (ended - began) == pytest.approx(rate, rel=0.1)
        nursery.cancel_scope.cancel()


async def test_the_rate_may_change_while_a_piece_is_under_way() -> None:
    async with (
        linked() as (link, far),
        connection(link.port) as near,
        trio.open_nursery() as nursery,
    ):
        link.set(rate=100)  # a piece of 512 bytes takes five seconds
        nursery.start_soon(blast, near)
        await trio.testing.wait_all_tasks_blocked(0.05)
        link.set(rate=500_000)
        began = trio.current_time()
        assert await far.wait_got(250_000) - began == pytest.approx(0.5, abs=0.2)
        link.set(rate=None)
        began = trio.current_time()
        assert await far.wait_got(far.got + 1_000_000) - began < 0.5
        nursery.cancel_scope.cancel()


async def test_the_delay_is_one_way_and_does_not_cost_rate() -> None:
    async with linked() as (link, far), connection(link.port) as near:
        link.set(delay=0.2)
        began = trio.current_time()
        await near.send_all(b"?")
        there = await far.wait_got(1)
        assert there - began == pytest.approx(0.2, abs=0.05)
        await far.streams[0].send_all(b"!")
        assert await near.receive_some() == b"!"
        assert trio.current_time() - began == pytest.approx(0.4, abs=0.1)
        link.set(rate=200_000)
        began = trio.current_time()
        await near.send_all(bytes(100_000))
        assert await far.wait_got(100_001) - began == pytest.approx(0.7, abs=0.15)


async def test_who_sends_too_much_has_to_wait() -> None:
    """Little is hidden in the relay: its queue, and the smallest buffers the kernel has."""
    async with linked() as (link, _), connection(link.port) as near:
        link.set(rate=10_000, queue=20_000)
        near.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_SNDBUF, 1)  # the least there is
        sent = 0
        with trio.move_on_after(1):
            while True:
                await near.send_all(bytes(1000))
                sent += 1000
        assert 20_000 < sent - link.up.passed < 55_000


async def test_during_a_stall_nothing_passes_and_afterwards_all_of_it() -> None:
    async with linked() as (link, far), connection(link.port) as near:
        await near.send_all(b"a")
        await far.wait_got(1)
        link.stall()
        await near.send_all(b"b")
        await trio.sleep(0.3)
        assert far.got == 1
        assert unacknowledged(near) == 1
        link.resume()
        await far.wait_got(2)
        assert unacknowledged(near) == 0


async def test_during_a_stall_nobody_can_connect() -> None:
    async with linked() as (link, far):
        link.stall()
        with trio.move_on_after(0.3) as waiting:
            await trio.open_tcp_stream("127.0.0.1", link.port)
        assert waiting.cancelled_caught
        assert link.connections == 0
        link.resume()
        async with connection(link.port) as near:
            await near.send_all(b"a")
            await far.wait_got(1)


async def test_nobody_hears_of_an_end_during_a_stall() -> None:
    async with linked() as (link, far):
        async with connection(link.port) as near:
            await near.send_all(b"a")
            await far.wait_got(1)
            link.stall()
        await trio.sleep(0.2)
        assert not far.ended
        link.resume()
        assert await far.wait_ended() == "end"


async def test_a_reset_is_seen_on_both_sides() -> None:
    async with linked() as (link, far), connection(link.port) as near:
        await near.send_all(b"a")
        await far.wait_got(1)
        link.reset()
        with pytest.raises(trio.BrokenResourceError), trio.fail_after(PATIENCE):
            await near.receive_some()
        assert await far.wait_ended() == "reset"


async def test_a_reset_passes_through() -> None:
    async with linked() as (link, far), connection(link.port) as near:
        await near.send_all(b"a")
        await far.wait_got(1)
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        far.streams[0].setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, linger)
        await far.streams[0].aclose()
        with pytest.raises(trio.BrokenResourceError), trio.fail_after(PATIENCE):
            await near.receive_some()


async def test_a_lost_connection_is_half_open_and_a_new_one_works() -> None:
    async with linked() as (link, far), connection(link.port) as near:
        await near.send_all(b"a")
        await far.wait_got(1)
        link.lose()
        await near.send_all(b"b")
        with trio.move_on_after(0.2) as waiting:
            await near.receive_some()
        assert waiting.cancelled_caught
        assert unacknowledged(near) == 1
        async with connection(link.port) as again:
            await again.send_all(b"c")
            await far.wait_got(2)
        await near.aclose()
        assert await far.wait_ended() == "end"  # of the second
        assert far.ended == ["end"]
        assert link.connections == 2


async def test_nobody_behind_the_link() -> None:
    async with linked() as (link, far):
        async with connection(link.port) as near:
            await near.send_all(b"a")
            await far.wait_got(1)
        link.target = link.port + 1 if link.port + 1 != far.port else link.port + 2
        async with connection(link.port) as near:
            with pytest.raises(trio.BrokenResourceError), trio.fail_after(PATIENCE):
                await near.receive_some()
