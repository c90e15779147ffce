"""Who was let in keeps the connection, however many strangers come; who was not, does not."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import trio

from tests.camserve.web.http_viewer import TIMEOUT, HttpViewer, http_viewer
from tests.camserve.web.live_viewer import live_viewer
from tests.camserve.web.multipart import CONTENT_TYPE, END, part
from tests.camserve.web.online_camera import online
from tests.camserve.web.socket_viewer import picture, socket_viewer
from tests.raw_websocket import end_of
from tests.serving import RunningServer, connection, jpeg, running_server

STRANGERS = 3

Use = Callable[[], Awaitable[object]]


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server with a camera that sends, and few places for strangers."""
    async with (
        running_server(tmp_path, max_unauthenticated_connections=STRANGERS) as running,
        online(running, jpeg(b"first")),
    ):
        yield running


async def crowd(server: RunningServer, stack: AsyncExitStack) -> None:
    """So many strangers that each who was here before has given way."""
    strangers = [
        await stack.enter_async_context(connection(server.http_port)) for _ in range(2 * STRANGERS)
    ]
    with trio.fail_after(TIMEOUT):
        for stranger in strangers[:STRANGERS]:
            await end_of(stranger)


async def uploading(server: RunningServer, viewer: HttpViewer) -> Use:
    """A script that has shown its token, and has the picture still to send."""
    body = part("cameraId", "1") + part("token", server.token(server.cameras[0]))
    rest = part("image", jpeg(b"uploaded"), "picture.jpg") + END
    await viewer.send(
        "/update-image",
        method="POST",
        content_type=CONTENT_TYPE,
        content_length=str(len(body) + len(rest)),
        expect="100-continue",
    )
    await viewer.read_until(b"\r\n\r\n")
    await viewer.stream.send_all(body + rest[:-10])
    await trio.testing.wait_all_tasks_blocked(0.05)

    async def finish() -> None:
        await viewer.stream.send_all(rest[-10:])
        assert (await viewer.read_head()).status == 200

    return finish


@pytest.mark.parametrize("kind", ["answer", "stream", "old socket", "live", "upload"])
async def test_who_was_let_in_stays(server: RunningServer, kind: str) -> None:
    async with AsyncExitStack() as stack:
        use: Use
        if kind == "live":
            live = await stack.enter_async_context(live_viewer(server))
            await live.watch(1)
            use = live.frame
        elif kind == "old socket":
            socket = await stack.enter_async_context(socket_viewer(server))
            await picture(socket)

            async def use() -> None:
                await socket.send(b"", 9)
                await socket.receive()
        else:
            viewer = await stack.enter_async_context(http_viewer(server))
            if kind == "stream":
                await viewer.ask("/cameras/1/stream.mjpg")
                use = viewer.picture
            elif kind == "upload":
                use = await uploading(server, viewer)
            else:

                async def use() -> None:
                    assert (await viewer.answer("/cameras")).status == 200

                await use()
        await crowd(server, stack)
        with trio.fail_after(TIMEOUT):
            await use()


@pytest.mark.parametrize(
    "target", ["/hello", "/healthz", "/nowhere", "/login", "/static/style.css"]
)
async def test_what_is_open_to_strangers_is_no_proof(server: RunningServer, target: str) -> None:
    async with AsyncExitStack() as stack:
        viewer = await stack.enter_async_context(http_viewer(server))
        await viewer.answer(target)
        await crowd(server, stack)
        with trio.fail_after(TIMEOUT):
            await end_of(viewer.stream)
