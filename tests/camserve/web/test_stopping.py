"""The end of the server, whatever its viewers do. (Signals: see tests/e2e.)"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
import trio

from tests.camserve.web.http_viewer import TIMEOUT, http_viewer, until
from tests.camserve.web.socket_viewer import picture, raw_viewer, socket_viewer
from tests.raw_websocket import RawWebSocket
from tests.serving import RunningServer, TestPublisher, jpeg, running_server

pytestmark = pytest.mark.usefixtures("plain_and_tls_servers", "no_repeats")

MJPEG = "/cameras/1/stream.mjpg"
EVENTS = "/stream-image?cameraId=1"
FRAME = jpeg(b"x", 3_000_000)  # more than all buffers on the way hold
SMALL = 4096


@asynccontextmanager
async def filmed(server: RunningServer, frame: bytes) -> AsyncIterator[TestPublisher]:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(frame)
        await until(server, lambda camera: camera["state"] == "online")
        yield publisher


async def test_at_once_when_nobody_is_stalled(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, AsyncExitStack() as viewers:
        await viewers.enter_async_context(filmed(server, jpeg()))
        for target in (MJPEG, EVENTS, "/cameras/2/stream.mjpg"):
            viewer = await viewers.enter_async_context(http_viewer(server))
            await viewer.send(target)
        socket = await viewers.enter_async_context(socket_viewer(server))
        await viewers.enter_async_context(http_viewer(server))
        idle = await viewers.enter_async_context(http_viewer(server))
        await idle.answer("/hello")
        await until(server, lambda camera: camera["viewers"] == 3)
        began = trio.current_time()
        server.stop.set()
        assert (await socket.closed())[0] == 1001
        # It has to leave as well: a client that does not answer a close is a stalled one.
        await socket.stream.aclose()
        await server_ended(server)
        assert trio.current_time() - began < 1


async def test_in_time_whatever_they_do(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, AsyncExitStack() as viewers:
        await viewers.enter_async_context(filmed(server, FRAME))
        enter = viewers.enter_async_context
        for target in (MJPEG, EVENTS, "/get-image?cameraId=1", "/list"):
            stalled = await enter(http_viewer(server, receive_buffer=SMALL))
            await stalled.send(target)
        await enter(socket_viewer(server, receive_buffer=SMALL))
        await enter(raw_viewer(server))
        uploading = await enter(http_viewer(server))
        await uploading.send("/update-image", method="POST", Content_Length="1000")
        async with http_viewer(server, receive_buffer=SMALL) as vanished:
            await vanished.ask(MJPEG)
        slow = await enter(http_viewer(server, receive_buffer=SMALL))
        await slow.ask(MJPEG)
        await until(server, lambda camera: camera["viewers"] == 4)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read_slowly, slow.stream)
            began = trio.current_time()
            server.stop.set()
            await server_ended(server)
            assert trio.current_time() - began < 4.5
            nursery.cancel_scope.cancel()


async def test_a_viewer_in_the_middle_of_a_frame_gets_its_end(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        filmed(server, FRAME),
        http_viewer(server, receive_buffer=SMALL) as viewer,
        socket_viewer(server, receive_buffer=SMALL) as socket,
    ):
        await viewer.ask(MJPEG)
        await until(server, lambda camera: camera["viewers"] == 2)
        server.stop.set()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read_to_close, socket)
            assert await viewer.picture() == FRAME
            assert await viewer.chunk() == b"--camserveframe--\r\n"
            assert await viewer.chunk() == b""


async def read_to_close(socket: RawWebSocket) -> None:
    with trio.fail_after(TIMEOUT):
        assert await picture(socket) == FRAME
        assert (await socket.closed())[0] == 1001


async def server_ended(server: RunningServer) -> None:
    """Wait until nothing of the server is left but its registry, which the test holds."""
    with trio.fail_after(TIMEOUT):
        await server.ended.wait()


async def read_slowly(stream: trio.SocketStream) -> None:
    while True:
        await stream.receive_some(1000)
        await trio.sleep(0.02)
