"""What an old publisher is sent: moves and update requests as exact bytes, and nothing else."""

import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
import trio.testing

from camserve.relay import Publisher
from camserve.wire import SUBPROTOCOL
from tests.camserve.ingest.ingest_site import TIMEOUT, IngestSite, framed, ingest_site
from tests.raw_websocket import (
    BINARY,
    CLOSE,
    RawWebSocket,
    handshake,
    raw_websocket,
)
from tests.serving import jpeg


async def publisher_of(site: IngestSite) -> Publisher:
    await site.hub.until(lambda: site.hub.publisher(1) is not None)
    publisher = site.hub.publisher(1)
    assert publisher is not None
    return publisher


async def test_a_move(port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        publisher = await publisher_of(site)
        publisher.move(0.5, -0.25)
        with trio.fail_after(TIMEOUT):
            assert await client.message() == (BINARY, struct.pack("<iff", 1, 0.5, -0.25))


async def test_an_update(port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        publisher = await publisher_of(site)
        with trio.fail_after(TIMEOUT):
            await publisher.update()
            assert await client.message() == (BINARY, struct.pack("<i", 2))


async def test_messages_stay_apart_and_in_order() -> None:
    async with ingest_site() as site, site.publisher() as client:
        publisher = await publisher_of(site)
        with trio.fail_after(TIMEOUT):
            for number in range(5):
                publisher.move(number / 10, 0)
                assert await client.message() == (BINARY, struct.pack("<iff", 1, number / 10, 0))
                await publisher.update()
                assert await client.message() == (BINARY, struct.pack("<i", 2))


async def test_nothing_else_is_ever_sent(port: str) -> None:
    """Their readers die of text, of fewer than 4 bytes, of a message they do not know."""
    async with ingest_site(publisher_timeout=1) as site, site.publisher(port=port) as client:
        await publisher_of(site)
        for number in range(10):
            await client.send(framed(jpeg(number), b"no picture") + bytes(4))
            await site.published(jpeg(number))
        with site.hub.subscribe(1), trio.move_on_after(0.3):
            raise AssertionError(await client.message())
        await client.send(b"\x03\xe8", CLOSE)
        with trio.fail_after(TIMEOUT):
            assert (await client.message())[0] == CLOSE


async def test_publishers_of_the_new_kind_get_moves_as_well(port: str) -> None:
    async with (
        ingest_site() as site,
        raw_websocket(site.port(port), protocols=[SUBPROTOCOL]) as client,
    ):
        await client.send(site.hello())
        (await publisher_of(site)).move(1, 1)
        with trio.fail_after(TIMEOUT):
            while await client.message() != (BINARY, struct.pack("<iff", 1, 1, 1)):
                pass  # demands may come in between


@asynccontextmanager
async def stalled_publisher(site: IngestSite) -> AsyncIterator[RawWebSocket]:
    """Its receive buffer is as small as the kernel allows."""
    connected = trio.socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    await connected.connect(("127.0.0.1", site.ingest_port))
    async with trio.SocketStream(connected) as stream:
        client = RawWebSocket(stream)
        await client.shake_hands(handshake())
        await client.send(site.hello())
        yield client


async def test_a_publisher_that_never_reads_blocks_nothing() -> None:
    async with ingest_site() as site, stalled_publisher(site) as stalled:
        publisher = await publisher_of(site)
        # Until a message is not taken any more: the receiver's window and our buffer are full.
        with trio.fail_after(TIMEOUT):
            while publisher._move is None:
                publisher.move(1, 1)
                await trio.testing.wait_all_tasks_blocked()
        for number in range(1000):
            publisher.move(number / 1000, 0)
        await stalled.send(framed(jpeg(b"goes on")))
        await site.published(jpeg(b"goes on"))
        await site.still_serves(jpeg())
        # Nor does it keep its place, although it takes no close frame.
        async with site.publisher() as second:
            await second.send(framed(jpeg(b"second")))
            with trio.fail_after(1):
                await site.published(jpeg(b"second"))
            # Its message was broken off, so it is dropped without a close frame, and at once.
            with trio.fail_after(1.5):
                await stalled.end()
