"""What a camera is sent of the demand, as exact bytes."""

import struct

import pytest
import trio
from trio.testing import MockClock

from camserve.relay import Viewer
from camserve.wire import SUBPROTOCOL, UNLIMITED_FPS
from tests.camserve.ingest.ingest_site import TIMEOUT, IngestSite, ingest_site
from tests.camserve.ingest.session_table import Table
from tests.raw_websocket import BINARY, CLOSE, RawWebSocket, raw_websocket


def demand(fps: float, width: int) -> bytes:
    return struct.pack("<ifi", 3, fps, width)


NOBODY, SMALL, EVERYTHING = demand(0, 0), demand(12.5, 320), demand(UNLIMITED_FPS, 0)


def small() -> Viewer:
    return Viewer("live", 12.5, 320)


async def message(client: RawWebSocket) -> tuple[int, bytes]:
    with trio.fail_after(TIMEOUT):
        return await client.message()


async def test_it_is_sent_when_the_token_is_verified_and_at_each_change(port: str) -> None:
    async with (
        ingest_site() as site,
        raw_websocket(site.port(port), protocols=["chat", SUBPROTOCOL]) as client,
    ):
        assert b"Sec-WebSocket-Protocol: camserve.v1" in client.response
        hello = site.hello()
        await client.send(hello[:-1])
        with trio.move_on_after(0.1):
            raise AssertionError(await client.message())
        await client.send(hello[-1:])
        assert await message(client) == (BINARY, NOBODY)
        with site.hub.watched(1, small()):
            assert await message(client) == (BINARY, SMALL)
            with site.hub.watched(1, Viewer("mjpeg")):
                assert await message(client) == (BINARY, EVERYTHING)
            assert await message(client) == (BINARY, SMALL)
        assert await message(client) == (BINARY, NOBODY)


@pytest.mark.parametrize("protocols", [[], ["chat"], ["camserve.v2"], ["camserve.live.v1"]])
async def test_an_old_camera_never_sees_it(port: str, protocols: list[str]) -> None:
    async with (
        ingest_site() as site,
        raw_websocket(site.port(port), protocols=protocols) as client,
    ):
        assert b"Sec-WebSocket-Protocol" not in client.response
        await client.send(site.hello())
        await site.hub.until(lambda: site.hub.publisher(1) is not None)
        publisher = site.hub.publisher(1)
        assert publisher is not None
        for number in range(3):
            with site.hub.watched(1, small()), site.hub.watched(1, Viewer("mjpeg")):
                site.hub.glimpsed(1)
                await trio.sleep(0.05)
                publisher.move(number / 4, 0)
                assert await message(client) == (BINARY, struct.pack("<iff", 1, number / 4, 0))
        await client.send(b"\x03\xe8", CLOSE)
        assert (await message(client))[0] == CLOSE


async def test_a_camera_of_which_the_token_is_wrong_hears_nothing_of_it(port: str) -> None:
    async with (
        ingest_site() as site,
        raw_websocket(site.port(port), protocols=[SUBPROTOCOL]) as client,
    ):
        with site.hub.watched(1, small()):
            await client.send(site.hello()[:-1] + b"!")
            assert (await message(client))[0] == CLOSE


async def taken_over(site: IngestSite, first: list[str], second: list[str]) -> list[bytes]:
    """What the second connection of camera 1 is sent within a moment."""
    got: list[bytes] = []
    async with raw_websocket(site.ingest_port, protocols=first) as one:
        await one.send(site.hello())
        await site.hub.until(lambda: site.hub.publisher(1) is not None)
        before = site.hub.publisher(1)
        with site.hub.watched(1, small()):
            async with raw_websocket(site.ingest_port, protocols=second) as two:
                await two.send(site.hello())
                await site.hub.until(lambda: site.hub.publisher(1) is not before)
                publisher = site.hub.publisher(1)
                assert publisher is not None
                publisher.move(0, 0)
                while not got or got[-1] != struct.pack("<iff", 1, 0, 0):
                    got.append((await message(two))[1])
    return got[:-1]


async def test_who_takes_over_hears_it_too() -> None:
    async with ingest_site() as site:
        assert await taken_over(site, [SUBPROTOCOL], [SUBPROTOCOL]) == [SMALL]
        assert await taken_over(site, [], [SUBPROTOCOL]) == [SMALL]
        assert await taken_over(site, [SUBPROTOCOL], []) == []


async def test_the_end_of_a_glimpse(autojump_clock: MockClock, table: Table) -> None:
    camera = await table.connected(is_new=True)
    assert camera.sent == [NOBODY]
    table.hub.glimpsed(1)
    await trio.sleep(9.9)
    assert camera.sent == [NOBODY, EVERYTHING]
    await trio.sleep(0.2)
    assert camera.sent == [NOBODY, EVERYTHING, NOBODY]


async def test_one_that_takes_no_messages_gets_the_newest(
    autojump_clock: MockClock, table: Table
) -> None:
    camera = await table.connected(is_new=True)
    camera.takes_messages = trio.Event()
    with table.hub.watched(1, small()):
        await table.settle()  # this one is being sent
        with table.hub.watched(1, Viewer("mjpeg")):
            await trio.sleep(5)
        await trio.sleep(5)
        with table.hub.watched(1, Viewer("live", 20, 640)):
            camera.takes_messages.set()
            await table.settle()
            assert camera.sent == [NOBODY, SMALL, demand(20, 640)]
