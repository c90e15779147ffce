"""Source to server, whole."""

import logging
from collections.abc import Iterator

import pytest
import trio

from camclient.capture import thread_is_stuck
from camclient.failures import Refused
from camclient.run import log_message, publish
from camclient.sources.source import Capture
from camserve.wire import FrameReceived, LocalProtocolError, MoveReceived, UpdateRequested
from tests.camclient.fakes import (
    FakeCapture,
    FakeSource,
    greet,
    open_sockets,
    start_server,
    wait_until,
)


def numbers() -> Iterator[Capture | Exception]:
    for number in range(1_000_000):
        yield FakeCapture(b"%d." % number)


async def push_to(url: str, source: FakeSource) -> None:
    await publish(source, server_url=url, camera_id=7, token="secret")


async def test_pictures_arrive_in_order_and_cancelling_leaves_nothing_behind(
    nursery: trio.Nursery,
) -> None:
    server, source = await start_server(nursery), FakeSource(numbers, pace=200)
    sockets = open_sockets()
    async with trio.open_nursery() as inner:
        inner.start_soon(push_to, server.url, source)
        session = await greet(server)
        got = list[int]()
        for _ in range(5):
            event = await session.next_event()
            assert isinstance(event, FrameReceived)
            number, quality = event.payload.split(b".")
            assert quality == bytes([80])
            got.append(int(number))
        assert got == sorted(set(got))
        inner.cancel_scope.cancel()
    assert source.closed == 1
    assert not thread_is_stuck()
    await session.wait_gone()
    await wait_until(lambda: open_sockets() == sockets)


async def test_a_server_that_was_restarted_is_found_again_without_opening_the_camera_again(
    nursery: trio.Nursery,
) -> None:
    source = FakeSource(numbers, pace=200)
    async with trio.open_nursery() as first_life:
        server = await start_server(first_life)
        nursery.start_soon(push_to, server.url, source)
        session = await greet(server)
        assert isinstance(await session.next_event(), FrameReceived)
        first_life.cancel_scope.cancel()
    with trio.fail_after(10):
        again = await greet(await start_server(nursery, server.port))
        assert isinstance(await again.next_event(), FrameReceived)
    assert source.opened == 1
    nursery.cancel_scope.cancel()


async def test_a_refusal_ends_it_with_the_servers_reason(nursery: trio.Nursery) -> None:
    server, source = await start_server(nursery), FakeSource(numbers, pace=200)

    async def refuse() -> None:
        await (await greet(server)).close(1008, "No camera with id 7 exists")

    nursery.start_soon(refuse)
    with pytest.raises(Refused, match=r"^No camera with id 7 exists$"):
        await push_to(server.url, source)
    assert source.opened == source.closed


@pytest.mark.parametrize(("camera_id", "token"), [(0, "x"), (1, ""), (1, "x" * 1025)])
async def test_what_no_server_takes_is_refused_before_anything_begins(
    camera_id: int, token: str
) -> None:
    source = FakeSource(numbers)
    with pytest.raises(LocalProtocolError):
        await publish(source, server_url="ws://127.0.0.1:9", camera_id=camera_id, token=token)
    with pytest.raises(ValueError):
        await publish(source, server_url="http://x", camera_id=1, token="x")
    assert source.opened == 0


def test_what_the_server_wants_is_told_in_words(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    log_message(MoveReceived(0.5, -1))
    log_message(UpdateRequested())
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.DEBUG, "the server asks for a move to pitch 0.5, yaw -1"),
        (
            logging.INFO,
            "the server asks for an update; nothing is done (--on-update exit ends the program)",
        ),
    ]
