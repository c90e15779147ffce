"""The newest valid connection of a camera wins; a camera that is no longer right is cut off."""

from collections.abc import Callable
from pathlib import Path

import pytest
import trio

from camserve.registry import Registry
from camserve.relay import State
from tests.camserve.ingest.ingest_site import TIMEOUT, framed, hello, ingest_site
from tests.raw_websocket import RawWebSocket, raw_websocket
from tests.serving import RunningServer, jpeg, running_server

REPLACED = (1008, "Replaced by a new connection")


async def test_the_second_connection_wins(port: str) -> None:
    async with ingest_site() as site, site.publisher() as first:
        await first.send(framed(jpeg(b"first")))
        await site.published(jpeg(b"first"))
        async with site.publisher(port=port) as second:
            with trio.fail_after(TIMEOUT):
                assert await first.closed() == REPLACED
            await second.send(framed(jpeg(b"second")))
            await site.published(jpeg(b"second"))
            # What the first goes on sending until it notices is not published.
            await first.send(framed(jpeg(b"late")))
            await first.send(b"\x03\xf0", 8)
            with trio.fail_after(TIMEOUT):
                await first.end()
            latest = site.hub.latest(1)
            assert latest is not None
            assert latest.jpeg == jpeg(b"second")
            assert site.hub.state(1) is State.ONLINE


async def test_one_after_another() -> None:
    async with ingest_site() as site, trio.open_nursery() as nursery:

        async def connect(
            number: int, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
        ) -> None:
            async with site.publisher() as client:
                await client.send(framed(jpeg(number)))
                await site.published(jpeg(number))
                task_status.started()
                with trio.fail_after(TIMEOUT):
                    assert await client.closed() == REPLACED

        for number in range(5):
            await nursery.start(connect, number)
        async with site.publisher() as last:
            await last.send(framed(jpeg(b"last")))
            await site.published(jpeg(b"last"))


@pytest.mark.parametrize("token", ["wrong", None])
async def test_an_invalid_second_connection_changes_nothing(token: str | None, port: str) -> None:
    async with ingest_site(handshake_timeout=0.3) as site, site.publisher() as first:
        await first.send(framed(jpeg(b"first")))
        await site.published(jpeg(b"first"))
        publisher = site.hub.publisher(1)
        async with raw_websocket(site.port(port)) as second:
            # None: a hello that stops before its last byte.
            await second.send(site.hello()[:-1] if token is None else hello(1, token))
            await second.send(b"")
            with trio.fail_after(TIMEOUT):
                code, _ = await second.closed()
            assert code == 1008
        assert site.hub.publisher(1) is publisher
        await first.send(framed(jpeg(b"still here")))
        await site.published(jpeg(b"still here"))


# -- what another process changes ----------------------------------------------------------


async def publishing(server: RunningServer, client: RawWebSocket) -> None:
    """Wait until the publisher is verified: a frame of it can be fetched."""
    await client.send(hello(1, server.token(server.cameras[0])) + framed(jpeg()))
    with trio.fail_after(TIMEOUT):
        while True:
            async with await trio.open_tcp_stream("127.0.0.1", server.http_port) as stream:
                await stream.send_all(
                    b"GET /get-image?cameraId=1 HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
                )
                if jpeg() in b"".join([chunk async for chunk in stream]):
                    return


def remove(registry: Registry) -> None:
    registry.remove(1)


def rotate(registry: Registry) -> None:
    registry.rotate(1)


@pytest.mark.parametrize(
    ("change", "answer"),
    [(remove, (1008, "No camera with id 1 exists")), (rotate, (1008, "Invalid token"))],
)
async def test_a_change_by_another_process_cuts_the_camera_off(
    change: Callable[[Registry], None], answer: tuple[int, str], tmp_path: Path, port: str
) -> None:
    async with running_server(tmp_path) as server:
        which = server.http_port if port == "http" else server.ingest_port
        other_process = Registry.open(server.config.database_url)
        try:
            async with raw_websocket(which) as client:
                await publishing(server, client)
                began = trio.current_time()
                change(other_process)
                with trio.fail_after(TIMEOUT):
                    assert await client.closed() == answer
                assert trio.current_time() - began < 1.0
            old_token = server.token(server.cameras[0])
            async with raw_websocket(which) as again:
                await again.send(hello(1, old_token))
                with trio.fail_after(TIMEOUT):
                    assert await again.closed() == answer
        finally:
            other_process.close()


async def test_a_camera_added_by_another_process_can_connect(tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=0) as server:
        camera = server.registry.add("new")
        began = trio.current_time()
        while True:
            async with server.publisher(camera) as publisher:
                with trio.move_on_after(0.1):
                    await publisher.closed()
                    continue
                break
        assert trio.current_time() - began < 1.0
