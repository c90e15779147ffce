"""Connections are accepted, handled on their own, and ended; see also test_listen_addresses.py."""

import logging
import os
import socket
from collections.abc import Callable

import pytest
import trio
import trio.testing

from camserve.net.stream import ConnectionStream
from tests.camserve.net.connections import TIMEOUT
from tests.camserve.net.service import Service, serving
from tests.raw_websocket import End, end_of


async def echo(stream: ConnectionStream) -> None:
    while data := await stream.receive_some():
        await stream.send_all(data)


async def echoes(service: Service) -> bool:
    with trio.fail_after(TIMEOUT):
        async with await service.connect() as client:
            await client.send_all(b"hello")
            return await client.receive_some() == b"hello"


async def test_connections_side_by_side() -> None:
    async with (
        serving(echo) as service,
        await service.connect() as first,
        await service.connect() as second,
    ):
        await second.send_all(b"2")
        assert await second.receive_some() == b"2"
        await first.send_all(b"1")
        assert await first.receive_some() == b"1"


async def test_a_connection_is_closed_when_its_handler_returns() -> None:
    async def greet(stream: ConnectionStream) -> None:
        await stream.send_all(b"hello")

    async with serving(greet) as service, await service.connect() as client:
        with trio.fail_after(TIMEOUT):
            assert await client.receive_some() == b"hello"
            assert await client.receive_some() == b""


async def test_its_file_number_is_not_written_to_any_more() -> None:
    """Somebody, a fan-out for example, may still know the stream."""
    known: list[tuple[ConnectionStream, int]] = []

    async def note(stream: ConnectionStream) -> None:
        known.append((stream, stream.socket.fileno()))

    reading, writing = os.pipe()
    async with serving(note) as service, await service.connect() as client:
        with trio.fail_after(TIMEOUT):
            await end_of(client)
        ((stream, number),) = known
        os.dup2(writing, number)  # as a new connection might take it
        try:
            assert stream.send_nowait(b"x") == 0
        finally:
            for opened in (reading, writing, number):
                os.close(opened)


def grouped() -> Exception:
    return ExceptionGroup("from a nursery", [ValueError("inside"), OSError("too")])


@pytest.mark.parametrize("make", [lambda: ValueError("a bug"), grouped])
async def test_a_failing_handler_is_logged_and_the_others_go_on(
    make: Callable[[], Exception], caplog: pytest.LogCaptureFixture
) -> None:
    async def fail_or_echo(stream: ConnectionStream) -> None:
        if await stream.receive_some() == b"fail":
            raise make()
        await stream.send_all(b"hello")

    async with serving(fail_or_echo) as service, await service.connect() as other:
        async with await service.connect() as client:
            await client.send_all(b"fail")
            with trio.fail_after(TIMEOUT):
                assert await end_of(client) is End.EOF
            host, port = client.socket.getsockname()
        await other.send_all(b"hello")
        with trio.fail_after(TIMEOUT):
            assert await other.receive_some() == b"hello"
        assert await echoes(service)
    (record,) = [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert record.levelno == logging.ERROR
    assert record.getMessage() == f"connection of {host}:{port} failed"
    assert record.exc_info is not None


async def test_accepted_sockets_notice_who_vanished() -> None:
    """And the kernel queues little, for the fan-out's sake."""
    options: list[int] = []

    async def note(stream: ConnectionStream) -> None:
        options.append(stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
        for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_NOTSENT_LOWAT"):
            if hasattr(socket, name):
                number = getattr(socket, name)
                options.append(stream.socket.getsockopt(socket.IPPROTO_TCP, number))

    async with serving(note) as service, await service.connect() as client:
        await end_of(client)
    expected = [1, 30, 10, 3, 16384]
    assert options == expected[: len(options)]
    assert len(options) == 5 or not hasattr(socket, "TCP_NOTSENT_LOWAT")


# -- the end -------------------------------------------------------------------------------


async def test_after_stop_nothing_is_accepted() -> None:
    async with serving(echo, grace=TIMEOUT) as service:
        async with await service.connect() as client:
            await client.send_all(b"x")
            await client.receive_some()
            service.stop.set()
            await trio.testing.wait_all_tasks_blocked()
            with pytest.raises(OSError):
                await service.connect()
            # Who was there is served on.
            await client.send_all(b"hello")
            assert await client.receive_some() == b"hello"
            assert not service.ended.is_set()
        with trio.fail_after(TIMEOUT):
            await service.ended.wait()


async def test_it_ends_at_once_when_nobody_is_connected() -> None:
    async with serving(echo, grace=60) as service:
        service.stop.set()
        with trio.fail_after(2):
            await service.ended.wait()


async def test_after_the_grace_handlers_are_cancelled() -> None:
    async with serving(echo, grace=0.2) as service, await service.connect() as client:
        await client.send_all(b"x")
        await client.receive_some()
        began = trio.current_time()
        service.stop.set()
        with trio.fail_after(TIMEOUT):
            assert await end_of(client) is End.EOF
            await service.ended.wait()
        assert 0.15 <= trio.current_time() - began <= 2.0


async def stuck(stream: ConnectionStream) -> None:
    """As hypercorn does: a send that no cancellation reaches."""
    with trio.CancelScope(shield=True):
        await stream.send_all(bytes(20_000_000))


async def test_after_the_grace_a_shielded_send_ends() -> None:
    async with serving(stuck, grace=0.2, stall_timeout=60) as service, await service.connect():
        await trio.testing.wait_all_tasks_blocked(0.02)
        began = trio.current_time()
        service.stop.set()
        with trio.fail_after(TIMEOUT):
            await service.ended.wait()
        assert trio.current_time() - began <= 2.0
