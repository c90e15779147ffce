"""From payloads to frames: what is published, what is dropped, where messages may be cut."""

import struct
from collections.abc import Callable
from itertools import pairwise

import pytest
import trio

from camserve.relay import State
from camserve.wire import INGEST_PATH
from tests.camserve.ingest.ingest_site import TIMEOUT, IngestSite, framed, ingest_site
from tests.raw_websocket import BINARY, CONTINUATION, PING, RawWebSocket, frame, raw_websocket
from tests.serving import jpeg, websocket

KEEP_ALIVE = struct.pack("<i", 0)


async def test_frames_are_published_in_order(port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        for number in range(20):
            await client.send(framed(jpeg(number)))
            await site.published(jpeg(number))
        first = site.hub.latest(1)
        await client.send(framed(jpeg(b"next")))
        await site.published(jpeg(b"next"))
        last = site.hub.latest(1)
        assert first is not None
        assert last is not None
        assert last.sequence == first.sequence + 1


async def test_cameras_do_not_mix(port: str) -> None:
    async with (
        ingest_site() as site,
        site.publisher(1, port=port) as one,
        site.publisher(2, port=port) as two,
    ):
        await one.send(framed(jpeg(1)))
        await two.send(framed(jpeg(2)))
        await site.published(jpeg(1), 1)
        await site.published(jpeg(2), 2)


@pytest.mark.parametrize(
    "payload",
    [
        pytest.param(b"not a picture", id="text"),
        pytest.param(jpeg()[1:], id="no beginning"),
        pytest.param(jpeg()[:-1], id="no end"),
        pytest.param(jpeg() + bytes(65537), id="too much padding"),
        pytest.param(b"\xff", id="one byte"),
        pytest.param(b"\xff\xd8\xd9\xff\xd9", id="no third byte"),
    ],
)
async def test_what_is_no_jpeg_is_dropped_and_counted(payload: bytes, port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        await client.send(framed(jpeg(b"good")))
        await site.published(jpeg(b"good"))
        good = site.hub.latest(1)
        with site.hub.subscribe(1) as viewer:
            assert await viewer.receive() is good
            await client.send(framed(payload) + KEEP_ALIVE)
            await site.hub.until(lambda: site.hub.rejections == 1)
            assert site.hub.latest(1) is good
            await client.send(framed(jpeg(b"better")))
            with trio.fail_after(TIMEOUT):
                assert (await viewer.receive()).jpeg == jpeg(b"better")


@pytest.mark.parametrize("padding", [b"\0", bytes(65536), b"\xff\xff", b"\r\n" * 100])
async def test_padding_is_cut(padding: bytes, port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        await client.send(framed(jpeg() + padding))
        await site.published(jpeg())


async def test_a_keep_alive_is_no_picture() -> None:
    async with ingest_site() as site, site.publisher() as client:
        await client.send(KEEP_ALIVE * 3)
        await client.send(framed(b"nothing"))  # to know when the others were read
        await site.hub.until(lambda: site.hub.rejections == 1)
        assert site.hub.state(1) is State.STALE
        await client.send(KEEP_ALIVE + framed(jpeg()))
        await site.published(jpeg())
        assert site.hub.state(1) is State.ONLINE


# -- message boundaries mean nothing -------------------------------------------------------


def in_one_message(stream: bytes) -> bytes:
    return frame(stream)


def byte_by_byte(stream: bytes) -> bytes:
    return b"".join(frame(stream[at : at + 1]) for at in range(len(stream)))


def in_frames_of_one_message(stream: bytes) -> bytes:
    return fragmented(stream, 7, b"")


def with_pings_and_empty_frames_between(stream: bytes) -> bytes:
    return fragmented(stream, 7, frame(b"", CONTINUATION, last=False) + frame(b"are you?", PING))


def with_empty_messages_between(stream: bytes) -> bytes:
    pieces = [stream[at : at + 5] for at in range(0, len(stream), 5)]
    return b"".join(frame(b"") + frame(piece) for piece in pieces)


def lengths_and_payloads_apart(stream: bytes) -> bytes:
    """As old publishers do: four messages for the hello's parts and the first length, and so on."""
    cuts = [0, 4, 8, 72, 76, len(stream)]
    return b"".join(frame(stream[start:end]) for start, end in pairwise(cuts))


def fragmented(stream: bytes, size: int, between: bytes) -> bytes:
    pieces = [stream[at : at + size] for at in range(0, len(stream), size)]
    sent = frame(pieces[0], BINARY, last=False)
    for piece in pieces[1:-1]:
        sent += between + frame(piece, CONTINUATION, last=False)
    return sent + between + frame(pieces[-1], CONTINUATION)


@pytest.mark.parametrize(
    "cut",
    [
        in_one_message,
        byte_by_byte,
        in_frames_of_one_message,
        with_pings_and_empty_frames_between,
        with_empty_messages_between,
        lengths_and_payloads_apart,
    ],
)
async def test_a_stream_may_be_cut_anywhere(cut: Callable[[bytes], bytes], port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        stream = site.hello() + framed(jpeg(b"first"), b"dropped", jpeg(b"last"))
        await client.stream.send_all(cut(stream))
        await site.published(jpeg(b"last"))
        await next_message_works(site, client)


async def test_a_long_message_that_begins_with_the_hello(port: str) -> None:
    """More than may be held of a stranger, so the hello is read before the message has ended."""
    pictures = [jpeg(number, size=60_000) for number in range(5)]
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        await client.send(site.hello() + framed(*pictures))
        await site.published(pictures[-1])
        await next_message_works(site, client)


async def test_frames_are_published_before_their_message_ends(port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        await client.send(site.hello() + framed(jpeg(b"early")) + b"\x01", last=False)
        await site.published(jpeg(b"early"))


async def next_message_works(site: IngestSite, client: RawWebSocket) -> None:
    await client.send(framed(jpeg(b"after")))
    await site.published(jpeg(b"after"))


async def test_a_client_of_the_library(port: str) -> None:
    async with ingest_site() as site:
        async with websocket(site.port(port), INGEST_PATH) as client:
            await client.send_message(site.hello())
            await client.send_message(framed(jpeg(size=300_000)))
            await site.published(jpeg(size=300_000))
        await site.offline()
