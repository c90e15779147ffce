"""After its close frame the server reads on until the other side answers, at most 2 s."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
import trio
import trio.testing

from camserve.relay import Ending
from tests.camserve.ingest.ingest_site import (
    MAX_FRAME_BYTES,
    TIMEOUT,
    IngestSite,
    framed,
    hello,
    ingest_site,
)
from tests.raw_websocket import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    End,
    RawWebSocket,
    frame,
    raw_websocket,
)
from tests.serving import jpeg

Offence = Callable[[IngestSite, RawWebSocket], Awaitable[None]]


@asynccontextmanager
async def refused(site: IngestSite, port: str = "ingest") -> AsyncIterator[RawWebSocket]:
    """A client that has read the server's close frame and has not answered it."""
    async with raw_websocket(site.port(port)) as client:
        await client.send(hello(1, "wrong"))
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == (1008, "Invalid token")
        yield client


async def be_refused(site: IngestSite, client: RawWebSocket) -> None:
    await client.send(hello(1, "wrong"))


async def be_replaced(site: IngestSite, client: RawWebSocket) -> None:
    await client.send(site.hello() + framed(jpeg()))
    await site.published(jpeg())
    site.hub.end_publisher(1, Ending.REPLACED)


async def send_too_much(site: IngestSite, client: RawWebSocket) -> None:
    await client.send(site.hello(2))
    await client.send(framed(bytes(MAX_FRAME_BYTES), bytes(100_000)))


async def test_tcp_is_dropped_two_seconds_after_the_close_frame() -> None:
    """For clients that never answer, but go on sending what has no effect any more."""
    lasted: list[float] = []

    async def go_on_for_ever(client: RawWebSocket) -> None:
        with suppress(trio.BrokenResourceError):
            while True:
                await client.send(framed(jpeg(b"late")))
                await trio.sleep(0.1)

    async def measure(site: IngestSite, port: str, offend: Offence) -> None:
        async with raw_websocket(site.port(port)) as client, trio.open_nursery() as nursery:
            await offend(site, client)
            await client.closed()
            began = trio.current_time()
            nursery.start_soon(go_on_for_ever, client)
            await client.end()
            lasted.append(trio.current_time() - began)
            nursery.cancel_scope.cancel()

    async with ingest_site() as site:
        with trio.fail_after(TIMEOUT):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(measure, site, "ingest", be_refused)
                nursery.start_soon(measure, site, "http", be_refused)
                nursery.start_soon(measure, site, "ingest", send_too_much)
                nursery.start_soon(measure, site, "http", be_replaced)
        assert len(lasted) == 4
        assert all(1.5 <= seconds <= 3.0 for seconds in lasted), lasted
        latest = site.hub.latest(1)
        assert latest is not None
        assert latest.jpeg == jpeg()
        assert site.hub.latest(2) is None


async def test_an_answer_ends_it_at_once(port: str) -> None:
    async with ingest_site() as site, refused(site, port) as client:
        began = trio.current_time()
        await client.send(b"\x03\xf0", CLOSE)
        with trio.fail_after(TIMEOUT):
            assert await client.end() is End.EOF
        assert trio.current_time() - began < 1.5


@pytest.mark.parametrize("said", [b"", b"\x03\xe8", b"\x03\xe8bye", b"\x0f\xa1private"])
async def test_a_close_is_answered(said: bytes, port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        await client.send(framed(jpeg()))
        await site.published(jpeg())
        await client.send(said, CLOSE)
        with trio.fail_after(TIMEOUT):
            opcode, payload = await client.message()
            assert opcode == CLOSE
            assert payload[:2] == said[:2]
            assert await client.end() is End.EOF


@pytest.mark.parametrize("verified", [False, True])
async def test_who_sends_megabytes_sees_the_close_frame(verified: bool, port: str) -> None:
    """More than the kernels hold: unless the server reads on, the sender never gets to reading."""
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        flood = frame(bytes(1_000_000)) * 20
        token = site.token() if verified else "wrong"
        with trio.fail_after(TIMEOUT):
            await client.stream.send_all(frame(hello(1, token)))
            await client.stream.send_all(frame(b"\xff" * 4))  # a negative length, for the verified
            await client.stream.send_all(flood)
            await client.send(b"\x03\xe8", CLOSE)
            expected = (1002, "Invalid frame length -1") if verified else (1008, "Invalid token")
            assert await client.closed() == expected
            assert await client.end() is End.EOF


async def test_who_sends_a_message_of_megabytes_sees_its_1009(port: str) -> None:
    async with ingest_site(max_frame_bytes=1000) as site, site.publisher(port=port) as client:
        with trio.fail_after(TIMEOUT):
            await client.send(bytes(20_000_000))
            await client.send(b"\x03\xf1", CLOSE)
            code, _ = await client.closed()
            assert code == 1009
            assert await client.end() is End.EOF


@pytest.mark.parametrize("verified", [False, True])
async def test_who_breaks_the_websocket_protocol_is_told(verified: bool, port: str) -> None:
    async with ingest_site() as site, raw_websocket(site.port(port)) as client:
        with trio.fail_after(TIMEOUT):
            if verified:
                await client.send(site.hello())
            await client.stream.send_all(b"\xff" * 20_000_000)
            await client.stream.send_eof()
            code, reason = await client.closed()
            assert code == 1002
            assert reason
            assert await client.end() is End.EOF
        await site.offline()


async def test_a_text_that_follows_the_close_is_not_collected() -> None:
    """A stranger must not fill memory in the two seconds; nor be answered a second time."""
    async with ingest_site(max_frame_bytes=1000) as site, refused(site) as client:
        for _ in range(20):
            await client.send(b"x" * 100_000, TEXT, last=False)
            await client.send(b"x" * 100_000, 0, last=True)
        await client.send(b"\x03\xf0", CLOSE)
        with trio.fail_after(TIMEOUT):
            assert await client.end() is End.EOF


async def test_pings_after_the_close_frame_do_not_hurt(port: str) -> None:
    async with ingest_site() as site:
        async with refused(site, port) as client:
            for _ in range(5):
                await client.send(b"are you there?", PING)
                await client.send(b"", PONG)
                await client.send(b"anything", BINARY)
            with trio.fail_after(TIMEOUT):
                # They were read, for the answer behind them was; and none was answered.
                await client.send(b"\x03\xf0", CLOSE)
                with pytest.raises(EOFError):
                    await client.receive()
        await site.still_serves(jpeg())


async def test_what_follows_the_other_sides_close_does_not_hurt(port: str) -> None:
    async with ingest_site() as site:
        async with site.publisher(port=port) as client:
            await client.send(framed(jpeg()))
            await site.published(jpeg())
            rest = frame(b"?", PING) + frame(b"\x03\xe8", CLOSE) + frame(framed(jpeg(b"late")))
            await client.stream.send_all(frame(b"\x03\xe8", CLOSE) + rest * 3)
            with trio.fail_after(TIMEOUT):
                await client.closed()
                await client.end()
        await site.still_serves(jpeg())
        latest = site.hub.latest(1)
        assert latest is not None
        assert latest.jpeg == jpeg()


async def test_stopping_tells_everybody(port: str) -> None:
    async with (
        ingest_site() as site,
        site.publisher(port=port) as client,
        raw_websocket(site.port(port)) as stranger,
    ):
        await client.send(framed(jpeg()))
        await site.published(jpeg())
        await trio.testing.wait_all_tasks_blocked(0.02)
        site.ingest.stop()
        site.hub.close()
        with trio.fail_after(TIMEOUT):
            assert await client.closed() == (1001, "The server is stopping")
            assert await stranger.closed() == (1001, "The server is stopping")
