"""The WebSocket handshake on the ingest port, and what is no handshake."""

import pytest
import trio
import trio.testing

from camserve.ingest import Ingest
from camserve.wire import INGEST_PATH, SUBPROTOCOL
from tests.camserve.ingest.ingest_site import TIMEOUT, framed, ingest_site
from tests.raw_websocket import End, end_of, handshake, raw_websocket
from tests.serving import connection, jpeg


async def answer(port: int, said: bytes) -> bytes:
    """All that the server answers until it closes."""
    with trio.fail_after(TIMEOUT):
        async with connection(port) as stream:
            await stream.send_all(said)
            return b"".join([part async for part in stream])


@pytest.mark.parametrize("path", ["/", "/video-input-stream/", "/video-output-stream", "/x?y"])
async def test_other_paths_are_not_found(path: str) -> None:
    async with ingest_site() as site:
        answered = await answer(site.ingest_port, handshake(path))
        assert answered.startswith(b"HTTP/1.1 404 ")


async def test_a_query_is_ignored(port: str) -> None:
    path = INGEST_PATH + "?camera=1"
    async with ingest_site() as site, raw_websocket(site.port(port), path) as client:
        await client.send(site.hello() + framed(jpeg()))
        await site.published(jpeg())


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET /video-input-stream HTTP/1.1\r\nHost: test\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\nhi",
        b"nonsense\r\n\r\n",
        handshake().replace(b"Host: test", b"Host: \xff"),
    ],
)
async def test_what_is_no_websocket_is_answered_400_and_closed(said: bytes) -> None:
    async with ingest_site() as site:
        answered = await answer(site.ingest_port, said)
        assert answered.startswith(b"HTTP/1.1 400 ")


async def test_an_old_websocket_version_is_told_ours() -> None:
    async with ingest_site() as site:
        old = handshake().replace(b"Version: 13", b"Version: 8")
        answered = await answer(site.ingest_port, old)
        assert answered.startswith(b"HTTP/1.1 426 ")
        assert b"sec-websocket-version: 13" in answered.lower()


@pytest.mark.parametrize("offer", [[SUBPROTOCOL], ["other", SUBPROTOCOL, "third"]])
async def test_our_subprotocol_is_accepted(offer: list[str], port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port), protocols=offer) as client:
        head = client.response.lower().decode()
        assert head.startswith("http/1.1 101 ")
        assert f"sec-websocket-protocol: {SUBPROTOCOL}" in head.splitlines()
        await client.send(site.hello() + framed(jpeg()))
        await site.published(jpeg())


@pytest.mark.parametrize("offer", [[], ["other"], ["camserve.v2", "camserve"]])
async def test_other_offers_are_ignored(offer: list[str], port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port), protocols=offer) as client:
        head = client.response.lower()
        assert head.startswith(b"http/1.1 101 ")
        assert b"sec-websocket-protocol" not in head
        await client.send(site.hello() + framed(jpeg()))
        await site.published(jpeg())


async def test_compression_is_not_accepted(port: str) -> None:
    """JPEG does not compress."""
    offer = b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    async with ingest_site() as site, connection(site.port(port)) as stream:
        await stream.send_all(handshake()[:-2] + offer)
        with trio.fail_after(TIMEOUT):
            head = await stream.receive_some()
        assert head.startswith(b"HTTP/1.1 101 ")
        assert b"extensions" not in head.lower()


async def test_stop_ends_a_handshake_that_has_not_come() -> None:
    async with ingest_site() as site, connection(site.ingest_port) as stream:
        await trio.testing.wait_all_tasks_blocked(0.02)
        site.ingest.stop()
        with trio.fail_after(TIMEOUT):
            assert await end_of(stream) is End.EOF


def handshakes_under_way(ingest: Ingest) -> int:
    return len(ingest._handshakes)


async def test_finished_handshakes_are_forgotten() -> None:
    async with ingest_site() as site:
        async with raw_websocket(site.ingest_port) as stranger:
            assert handshakes_under_way(site.ingest) == 1
            await stranger.send(b"\xff" * 4)
            with trio.fail_after(TIMEOUT):
                await stranger.closed()
            assert handshakes_under_way(site.ingest) == 0
        await answer(site.ingest_port, b"nonsense\r\n\r\n")
        async with site.publisher() as client:
            await client.send(framed(jpeg()))
            await site.published(jpeg())
            assert handshakes_under_way(site.ingest) == 0
