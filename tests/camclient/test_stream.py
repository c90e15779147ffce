"""What TCP knows, and how a connection is made when packets are lost."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import inf

import pytest
import trio
from trio.testing import MockClock, memory_stream_pair

from camclient import stream as module
from camclient.stream import WatchedStream, has_lost_address, open_tcp
from tests.camclient.fakes import open_sockets, wait_until


@asynccontextmanager
async def tcp_pair() -> AsyncIterator[tuple[trio.SocketStream, trio.SocketStream]]:
    with trio.socket.socket() as listening:
        await listening.bind(("127.0.0.1", 0))
        listening.listen()
        client = await trio.open_tcp_stream(*listening.getsockname())
        accepted, _ = await listening.accept()
        async with client, trio.SocketStream(accepted) as server:
            yield client, server


async def test_what_arrived_is_known() -> None:
    async with tcp_pair() as (client, _):
        stream = WatchedStream(client, client.socket)
        before = stream.arrived
        await stream.send_all(b"x" * 1000)
        await wait_until(lambda: stream.unacknowledged == 0)
        assert stream.arrived - before == 1000


async def test_what_the_other_side_does_not_take_has_not_arrived() -> None:
    async with tcp_pair() as (client, _):
        stream = WatchedStream(client, client.socket)
        with trio.move_on_after(0.1):
            while True:
                await stream.send_all(bytes(100_000))
        assert (stream.unacknowledged or 0) > 10_000
        before = stream.arrived
        with trio.move_on_after(0.05):
            await stream.send_all(bytes(100_000))
        assert stream.arrived == before


async def test_a_closed_socket_has_nothing_to_tell() -> None:
    async with tcp_pair() as (client, _):
        stream = WatchedStream(client, client.socket)
        await stream.aclose()
        assert stream.unacknowledged is None
        assert stream.arrived == 0


async def test_where_nobody_tells_large_pieces_that_left_count() -> None:
    stream = WatchedStream(memory_stream_pair()[0])
    await stream.send_all(b"a ping")
    assert stream.arrived == 0
    await stream.send_all(bytes(20_000))
    assert stream.arrived == 1
    assert stream.unacknowledged is None
    assert not stream.has_lost_address


async def test_when_something_came_is_known(autojump_clock: MockClock) -> None:
    ours, theirs = memory_stream_pair()
    stream = WatchedStream(ours)
    assert stream.received_at == -inf
    await trio.sleep(3)
    await theirs.send_all(b"x")
    await stream.receive_some()
    assert stream.received_at == trio.current_time()


async def test_an_address_of_this_computer_is_not_lost() -> None:
    async with tcp_pair() as (client, _):
        assert not has_lost_address(client.socket)


class Elsewhere:
    """A socket that was connected from an address of another time."""

    family = socket.AF_INET

    def getsockname(self) -> tuple[str, int]:
        return "192.0.2.1", 1234  # TEST-NET-1, RFC 5737: nobody has it


def test_another_one_is() -> None:
    assert has_lost_address(Elsewhere())  # type: ignore[arg-type]


class Tries:
    """Stands for `trio.open_tcp_stream`: each try has its script."""

    def __init__(self, *scripts: float | Exception) -> None:
        self.begun = list[float]()
        self._scripts = list(scripts)

    async def __call__(self, host: str, port: int) -> trio.abc.Stream:
        self.begun.append(trio.current_time())
        script = self._scripts.pop(0)
        if isinstance(script, Exception):
            raise script
        await trio.sleep(script)
        return memory_stream_pair()[0]


async def test_a_try_that_gets_no_answer_is_not_waited_for(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = Tries(1000, 1000, 0.5)
    monkeypatch.setattr(trio, "open_tcp_stream", tries)
    began = trio.current_time()
    assert await open_tcp("pi", 8001)
    assert trio.current_time() - began == pytest.approx(2 * module.TRY_INTERVAL + 0.5)


async def test_one_try_is_enough_when_it_succeeds(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = Tries(0.1)
    monkeypatch.setattr(trio, "open_tcp_stream", tries)
    await open_tcp("pi", 8001)
    assert len(tries.begun) == 1


async def test_who_is_refused_is_not_tried_again_here(
    autojump_clock: MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = Tries(ConnectionRefusedError("no"))
    monkeypatch.setattr(trio, "open_tcp_stream", tries)
    with pytest.raises(ConnectionRefusedError):
        await open_tcp("pi", 8001)
    assert len(tries.begun) == 1


async def test_nothing_stays_open_when_it_is_cancelled() -> None:
    before = open_sockets()
    with trio.socket.socket() as listening:
        await listening.bind(("127.0.0.1", 0))
        listening.listen()
        for delay in (0.0, 0.0001, 0.001):
            with trio.move_on_after(delay):
                stream = await open_tcp(*listening.getsockname())
                await trio.aclose_forcefully(stream)
    assert open_sockets() == before
