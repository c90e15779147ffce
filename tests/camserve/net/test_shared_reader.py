"""One task that reads for many connections."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from camserve.net.shared_reader import SharedReader
from tests.camserve.net.connections import TIMEOUT, accepted

pytestmark = pytest.mark.usefixtures("plain_and_tls")


@asynccontextmanager
async def reading() -> AsyncIterator[SharedReader]:
    reader = SharedReader()
    async with trio.open_nursery() as nursery:
        await nursery.start(reader.run)
        with trio.fail_after(TIMEOUT):
            yield reader
        nursery.cancel_scope.cancel()
    reader.close()


class Sorter:
    """Keeps what begins with an `a`, and leaves the rest for the connection's task."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.got_some = trio.Event()

    def __call__(self, data: bytes) -> bytes | None:
        if not data.startswith(b"a"):
            return data
        self.kept.append(data)
        self.got_some.set()
        return None


async def test_what_is_taken_wakes_nobody() -> None:
    async with reading() as reader, accepted() as (stream, client):
        sorter = Sorter()
        rests: list[bytes] = []

        async def wait() -> None:
            rests.append(await reader.receive(stream, sorter))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait)
            for number in range(3):
                sorter.got_some = trio.Event()
                await client.send_all(b"a%d" % number)
                await sorter.got_some.wait()
            assert rests == []
            await client.send_all(b"other")
        assert sorter.kept == [b"a0", b"a1", b"a2"]
        assert rests == [b"other"]


async def test_two_connections_get_their_own() -> None:
    async with reading() as reader, accepted() as (one, a), accepted() as (two, b):
        got: dict[str, bytes] = {}

        async def wait(name: str) -> None:
            got[name] = await reader.receive({"one": one, "two": two}[name], Sorter())

        async with trio.open_nursery() as nursery:
            nursery.start_soon(wait, "one")
            nursery.start_soon(wait, "two")
            await b.send_all(b"for two")
            await a.send_all(b"for one")
        assert got == {"one": b"for one", "two": b"for two"}


async def test_the_end() -> None:
    async with reading() as reader, accepted() as (stream, client):
        await client.aclose()
        assert await reader.receive(stream, Sorter()) == b""


async def test_a_reset() -> None:
    async with reading() as reader, accepted() as (stream, client):
        at_once = struct.pack("ii", 1, 0)
        client.socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, at_once)
        await client.aclose()
        with pytest.raises(trio.BrokenResourceError):
            await reader.receive(stream, Sorter())


async def test_closed_here_while_somebody_waits() -> None:
    async with reading() as reader, accepted() as (stream, _):
        async with trio.open_nursery() as nursery:

            async def wait() -> None:
                with pytest.raises(trio.ClosedResourceError):
                    await reader.receive(stream, Sorter())

            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            stream.close()
        with pytest.raises(trio.ClosedResourceError):
            await reader.receive(stream, Sorter())


async def test_a_number_that_is_used_again() -> None:
    """The system gives a closed connection's number to the next one."""
    async with reading() as reader:
        for word in (b"first", b"second"):
            async with accepted() as (stream, client):
                await client.send_all(word)
                assert await reader.receive(stream, Sorter()) == word
        assert reader._waiting == {}


async def test_who_is_cancelled_is_forgotten() -> None:
    async with reading() as reader, accepted() as (stream, client):
        with trio.move_on_after(0):
            await reader.receive(stream, Sorter())
        await client.send_all(b"later")
        assert await stream.receive_some() == b"later"


async def test_bytes_that_were_put_back_come_first() -> None:
    async with reading() as reader, accepted() as (stream, _):
        stream.unread(b"before")
        assert await reader.receive(stream, Sorter()) == b"before"


async def test_a_fault_of_a_sorter_ends_its_own_connection_only() -> None:
    def broken(data: bytes) -> bytes | None:
        raise RuntimeError("a bug")

    async with reading() as reader, accepted() as (one, a), accepted() as (two, b):
        await a.send_all(b"x")
        with pytest.raises(RuntimeError):
            await reader.receive(one, broken)
        async with trio.open_nursery() as nursery:

            async def wait() -> None:
                with pytest.raises(RuntimeError):
                    await reader.receive(one, broken)

            nursery.start_soon(wait)
            await trio.testing.wait_all_tasks_blocked()
            await a.send_all(b"x")
        await b.send_all(b"fine")
        assert await reader.receive(two, Sorter()) == b"fine"
