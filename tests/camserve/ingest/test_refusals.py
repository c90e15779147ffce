"""What is not right is answered with the code and reason that other people's programs know."""

import struct

import pytest
import trio
import trio.testing

from tests.camserve.ingest.ingest_site import TIMEOUT, framed, hello, ingest_site
from tests.raw_websocket import BINARY, TEXT, raw_websocket
from tests.serving import jpeg

INVALID_TOKEN = (1008, "Invalid token")
MAX = 1000  # bytes of a frame in these tests


def int32(*numbers: int) -> bytes:
    return struct.pack(f"<{len(numbers)}i", *numbers)


@pytest.mark.parametrize("camera_id", [5, 0, -1, 2**31 - 1, -(2**31)])
async def test_an_unknown_id_is_refused_after_its_four_bytes(camera_id: int, port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        await client.send(int32(camera_id))
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == (1008, f"No camera with id {camera_id} exists")


@pytest.mark.parametrize("length", [0, -1, 1025, 2**31 - 1, -(2**31)])
async def test_a_token_length_is_refused_before_the_token(length: int, port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        await client.send(int32(1, length))
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == INVALID_TOKEN


async def test_a_token_of_1024_bytes_is_waited_for() -> None:
    async with ingest_site() as site, raw_websocket(site.ingest_port) as client:
        await client.send(int32(1, 1024) + b"a" * 1023)
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert site.hub.publisher(1) is None
        await client.send(b"a")
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == INVALID_TOKEN


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(b"wrong", id="wrong"),
        pytest.param(b"\xff" * 64, id="not UTF-8"),
        pytest.param("ä".encode() * 32, id="not ASCII"),
        pytest.param(b"\0", id="zero"),
    ],
)
async def test_a_wrong_token(token: bytes, port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        await client.send(hello(1, token))
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == INVALID_TOKEN


async def test_the_token_of_another_camera_is_wrong() -> None:
    async with ingest_site() as site, raw_websocket(site.ingest_port) as client:
        await client.send(hello(1, site.token(2)))
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == INVALID_TOKEN


async def test_nothing_after_a_wrong_token_is_looked_at(port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        # Neither a frame, nor a length that would have another close code, nor the right hello.
        rest = framed(jpeg()) + int32(-1) + site.hello() + framed(jpeg())
        await client.send(hello(1, "wrong") + rest)
        await client.send(site.hello() + framed(jpeg()))
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == INVALID_TOKEN
        await trio.testing.wait_all_tasks_blocked(0.05)
        assert site.hub.latest(1) is None
        assert site.hub.publisher(1) is None


@pytest.mark.parametrize("length", [-1, -(2**31)])
async def test_a_negative_frame_length(length: int, port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        await client.send(int32(length))
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == (1002, f"Invalid frame length {length}")


@pytest.mark.parametrize("length", [MAX + 1, 2**31 - 1])
async def test_a_frame_that_is_too_long_is_refused_at_its_length(length: int, port: str) -> None:
    async with ingest_site(max_frame_bytes=MAX) as site, site.publisher(port=port) as client:
        await client.send(int32(length))
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == (
                1009,
                f"Frame of {length} bytes is larger than {MAX}",
            )


async def test_the_longest_frame(port: str) -> None:
    async with ingest_site(max_frame_bytes=MAX) as site, site.publisher(port=port) as client:
        await client.send(framed(jpeg(size=MAX)))
        await site.published(jpeg(size=MAX))


@pytest.mark.parametrize("pieces", [1, 3])
async def test_a_message_that_is_too_long(pieces: int, port: str) -> None:
    """Counted over the frames of the message, although its parts are handed on as they come."""
    async with ingest_site(max_frame_bytes=MAX) as site, site.publisher(port=port) as client:
        limit = MAX + 64 * 1024
        for size in (limit, limit + 1):
            # Keep-alives, so that the protocol itself has no objection.
            rest = bytes(size)
            for piece in range(pieces):
                part = rest[piece * size // pieces : (piece + 1) * size // pieces]
                await client.send(part, BINARY if piece == 0 else 0, last=piece == pieces - 1)
            if size == limit:
                await client.send(bytes(-size % 4) + framed(jpeg()))
                await site.published(jpeg())
        with trio.fail_after(TIMEOUT):
            code, reason = await client.closed()
        assert code == 1009
        assert str(limit) in reason


@pytest.mark.parametrize("text", [b"hello", b"", b"x" * 100_000])
async def test_text(text: bytes, port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        await client.send(framed(jpeg()))
        await site.published(jpeg())
        await client.send(text, TEXT)
        with trio.fail_after(TIMEOUT):
            code, _ = await client.closed()
        assert code == 1003


async def test_text_is_not_collected_until_its_end(port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        await client.send(b"the beginning", TEXT, last=False)
        with trio.fail_after(TIMEOUT):
            code, _ = await client.closed()
        assert code == 1003


async def test_text_instead_of_a_hello(port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        await client.send(b"hello", TEXT)
        with trio.fail_after(TIMEOUT):
            code, _ = await client.closed()
        assert code == 1003
