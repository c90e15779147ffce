"""How long a connection may say nothing. test_session.py has the exact times, without sockets.

Whatever can be waited for at the same time is.
"""

import trio

from camserve.wire import INGEST_PATH
from tests.camserve.ingest.ingest_site import IngestSite, framed, ingest_site
from tests.raw_websocket import PONG, End, RawWebSocket, end_of, handshake, raw_websocket
from tests.serving import connection, jpeg, websocket

SHORT = 0.4  # seconds, instead of 5 and 20
SLACK = 2.0  # seconds by which a busy machine may be late

LATE = (1008, "No valid token in time")
SILENT = (1008, "No frame and no answer to pings")


async def test_a_handshake_has_to_come_in_time() -> None:
    """On the HTTP port this is hypercorn's to end."""

    async def say(site: IngestSite, part: bytes) -> None:
        began = trio.current_time()
        async with connection(site.ingest_port) as stream:
            await stream.send_all(part)
            assert await end_of(stream) is End.EOF
        assert trio.current_time() - began >= SHORT * 0.9

    async with ingest_site(handshake_timeout=SHORT) as site:
        with trio.fail_after(SHORT + SLACK):
            async with trio.open_nursery() as nursery:
                for length in (0, 1, 40, len(handshake()) - 1):
                    nursery.start_soon(say, site, handshake()[:length])


async def test_a_hello_has_to_come_in_time() -> None:
    async def say(site: IngestSite, port: str, part: bytes) -> None:
        began = trio.current_time()
        async with raw_websocket(site.port(port)) as client:
            await client.send(part)
            assert await client.closed() == LATE
        assert trio.current_time() - began >= SHORT * 0.9

    async with ingest_site(handshake_timeout=SHORT) as site:
        with trio.fail_after(SHORT + SLACK):
            async with trio.open_nursery() as nursery:
                for length in (0, 3, 8, len(site.hello()) - 1):
                    for port in ("ingest", "http"):
                        nursery.start_soon(say, site, port, site.hello()[:length])


async def test_pongs_and_dribbling_do_not_lengthen_the_handshake() -> None:
    async with (
        ingest_site(handshake_timeout=SHORT) as site,
        raw_websocket(site.ingest_port) as client,
        trio.open_nursery() as nursery,
    ):

        async def dribble() -> None:
            for byte in site.hello():
                await client.send(b"", PONG)
                await client.send(bytes([byte]))
                await trio.sleep(SHORT / 10)

        nursery.start_soon(dribble)
        with trio.fail_after(SHORT + SLACK):
            assert await client.closed() == LATE
        nursery.cancel_scope.cancel()


async def test_a_verified_publisher_is_past_the_handshake_timeout(port: str) -> None:
    async with ingest_site(handshake_timeout=SHORT) as site, site.publisher(port=port) as client:
        with trio.move_on_after(SHORT * 1.5):
            raise AssertionError(await client.closed())
        await client.send(framed(jpeg()))
        await site.published(jpeg())


async def test_a_publisher_without_any_life_is_closed(port: str) -> None:
    async with ingest_site(publisher_timeout=SHORT) as site:
        began = trio.current_time()
        async with site.publisher(port=port) as client, trio.open_nursery() as nursery:

            async def say_what_is_no_life() -> None:
                # Neither a pong that answers nothing nor a frame that does not end.
                await client.send((1000).to_bytes(4, "little"))
                while True:
                    await client.send(b"unasked", PONG)
                    await client.send(b".")
                    await trio.sleep(SHORT / 10)

            nursery.start_soon(say_what_is_no_life)
            with trio.fail_after(SHORT + SLACK):
                assert await client.closed() == SILENT
            nursery.cancel_scope.cancel()
        assert trio.current_time() - began >= SHORT * 0.9
        await site.offline()


async def test_a_publisher_that_takes_nothing_is_offline_in_time(port: str) -> None:
    """It does not even read the close frame."""
    async with ingest_site(publisher_timeout=SHORT) as site, site.publisher(port=port) as client:
        await client.send(framed(jpeg()))
        await site.published(jpeg())
        with trio.fail_after(SHORT + SLACK):
            await site.offline()


async def stay_by_frames(site: IngestSite, client: RawWebSocket) -> None:
    for number in range(8):
        await client.send(framed(jpeg(number)))
        await trio.sleep(SHORT / 4)


async def stay_by_payloads_that_are_no_jpeg(site: IngestSite, client: RawWebSocket) -> None:
    for _ in range(8):
        await client.send(framed(b"no picture"))
        await trio.sleep(SHORT / 4)


async def stay_by_keep_alives(site: IngestSite, client: RawWebSocket) -> None:
    for _ in range(8):
        await client.send(bytes(4))
        await trio.sleep(SHORT / 4)


async def test_what_it_sends_is_life() -> None:
    """Some old publishers never read, so they answer no ping."""
    ways = [stay_by_frames, stay_by_payloads_that_are_no_jpeg, stay_by_keep_alives]
    async with ingest_site(publisher_timeout=SHORT) as site:

        async def stay(camera_id: int) -> None:
            async with site.publisher(camera_id) as client:
                await ways[camera_id - 1](site, client)
                await client.send(framed(jpeg(b"still here")))
                await site.published(jpeg(b"still here"), camera_id)

        async with trio.open_nursery() as nursery:
            for camera_id in range(1, len(ways) + 1):
                nursery.start_soon(stay, camera_id)


async def test_an_answered_ping_is_life(port: str) -> None:
    async with (
        ingest_site(publisher_timeout=SHORT) as site,
        websocket(site.port(port), INGEST_PATH) as client,  # answers pings by itself
    ):
        await client.send_message(site.hello())
        with trio.move_on_after(2 * SHORT):
            raise AssertionError(await client.get_message())
        await client.send_message(framed(jpeg()))
        await site.published(jpeg())
