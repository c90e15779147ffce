"""Every send ends: who takes nothing for a while is cut, and at the end nobody waits."""

import pytest
import trio
import trio.testing

from tests.camserve.net.connections import MUCH, SMALL, TIMEOUT, accepted, receive_all
from tests.links.deafness import deafen
from tests.raw_websocket import End, end_of

pytestmark = pytest.mark.usefixtures("plain_and_tls")


async def test_who_takes_nothing_is_cut() -> None:
    async with accepted(stall_timeout=0.3, window=SMALL) as (stream, client):
        began = trio.current_time()
        with trio.fail_after(TIMEOUT), pytest.raises(trio.BrokenResourceError, match="stopped"):
            await stream.send_all(MUCH)
        assert trio.current_time() - began >= 0.25
        with trio.fail_after(TIMEOUT):
            # Not with a FIN behind megabytes that the kernel would keep.
            assert await end_of(client) is End.RESET


async def test_the_wait_ends_even_in_a_shield() -> None:
    """Hypercorn sends so."""
    async with accepted(stall_timeout=0.2, window=SMALL) as (stream, _):
        with trio.fail_after(TIMEOUT):
            with trio.CancelScope(shield=True), pytest.raises(trio.BrokenResourceError):
                await stream.send_all(MUCH)


async def test_who_reads_slowly_is_not_cut() -> None:
    """The send lasts much longer than the timeout, but in no such time is nothing taken."""
    async with accepted(stall_timeout=0.6, window=32 * 1024) as (stream, client):
        size = 1_500_000
        async with trio.open_nursery() as nursery:
            began = trio.current_time()
            nursery.start_soon(stream.send_all, bytes(size))
            left = size
            while left:
                left -= len(await client.receive_some(40_000))
                await trio.sleep(0.04)
            assert trio.current_time() - began > 2 * 0.6


async def test_each_send_has_the_whole_time() -> None:
    async with accepted(stall_timeout=0.3) as (stream, client):
        for _ in range(4):
            await stream.send_all(b"x")
            await trio.sleep(0.1)
        assert await receive_all(client, 4) == b"xxxx"


@pytest.mark.parametrize("when", ["before", "during"])
async def test_in_a_hurry_no_send_waits_for_long(when: str) -> None:
    async with accepted(stall_timeout=60, window=SMALL) as (stream, _):
        deadline = trio.current_time() + 0.2
        if when == "before":
            stream.hurry(deadline)
        async with trio.open_nursery() as nursery:

            async def send() -> None:
                with pytest.raises(trio.BrokenResourceError):
                    await stream.send_all(MUCH)

            nursery.start_soon(send)
            if when == "during":
                await trio.testing.wait_all_tasks_blocked()
                stream.hurry(deadline)
            with trio.fail_after(TIMEOUT):
                await trio.sleep_until(deadline)
        assert trio.current_time() - deadline < 2


async def test_a_hurry_lengthens_nothing() -> None:
    async with accepted(stall_timeout=0.2, window=SMALL) as (stream, _):
        stream.hurry(trio.current_time() + 60)
        with trio.fail_after(2), pytest.raises(trio.BrokenResourceError):
            await stream.send_all(MUCH)


async def test_who_is_lost_with_little_on_its_way_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """All was taken by our kernel, so no send waits; it is never acknowledged."""
    monkeypatch.setattr("camserve.net.patience.LEAST_KERNEL_PATIENCE", 0.5)
    async with accepted(stall_timeout=0.5) as (stream, client):
        deafen(client.socket)
        await stream.send_all(b"a frame")
        with trio.fail_after(TIMEOUT), pytest.raises(trio.BrokenResourceError):
            await stream.receive_some()
