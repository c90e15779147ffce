"""Viewers that read slowly, not at all, or no more: nobody else notices, and nothing piles up."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
import trio

from tests.camserve.web.http_viewer import TIMEOUT, HttpViewer, described, http_viewer, until
from tests.camserve.web.socket_viewer import picture, socket_viewer
from tests.raw_websocket import End, end_of, reset
from tests.serving import RunningServer, TestPublisher, jpeg, running_server

pytestmark = pytest.mark.usefixtures("plain_and_tls_servers", "no_repeats")

FRAME = 100_000  # bytes; far more than a slow viewer's buffers hold
SMALL = 4096  # bytes that a slow viewer's kernel takes for it
BATCH = 20  # frames that are sent while the slow viewer reads one
STALL_TIMEOUT = 0.7  # seconds


class Viewer:
    """One that gets pictures, whichever way."""

    def __init__(self, stream: trio.SocketStream, read: Callable[[], Awaitable[bytes]]) -> None:
        self.stream = stream
        self._read = read

    async def number(self) -> int:
        """The number of the next frame."""
        with trio.fail_after(TIMEOUT):
            received = await self._read()
        return int(received[4:].partition(b".")[0])


@asynccontextmanager
async def by_http(server: RunningServer, receive_buffer: int | None) -> AsyncIterator[Viewer]:
    async with http_viewer(server, receive_buffer=receive_buffer) as viewer:
        await viewer.ask("/cameras/1/stream.mjpg")
        yield Viewer(viewer.stream, viewer.picture)


@asynccontextmanager
async def by_socket(server: RunningServer, receive_buffer: int | None) -> AsyncIterator[Viewer]:
    async with socket_viewer(server, receive_buffer=receive_buffer) as socket:
        yield Viewer(socket.stream, lambda: picture(socket))


KINDS = pytest.mark.parametrize("watching", [by_http, by_socket])
Watching = Callable[[RunningServer, int | None], AbstractAsyncContextManager[Viewer]]


class Camera:
    """Sends numbered frames, each when a quick viewer has got the one before."""

    def __init__(self, publisher: TestPublisher, quick: HttpViewer) -> None:
        self._publisher = publisher
        self._quick = quick
        self.last = 0

    async def send(self, count: int = 1) -> None:
        for _ in range(count):
            self.last += 1
            await self._publisher.send(jpeg(self.last, FRAME))
            assert await self._quick.picture() == jpeg(self.last, FRAME)


@asynccontextmanager
async def filmed(server: RunningServer) -> AsyncIterator[Camera]:
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as quick:
        await publisher.send(jpeg(0, FRAME))
        await quick.ask("/cameras/1/stream.mjpg")
        await quick.picture()
        yield Camera(publisher, quick)


@KINDS
async def test_a_slow_viewer_gets_the_newest_frame_and_never_a_queue(
    server: RunningServer, watching: Watching
) -> None:
    async with filmed(server) as camera, watching(server, SMALL) as slow:
        seen = [await slow.number()]
        for _ in range(8):
            await camera.send(BATCH)
            seen.append(await slow.number())
            # It was chosen when the frame before had left, which is one batch ago.
            assert camera.last - seen[-1] <= 2 * BATCH
        while seen[-1] < camera.last:
            seen.append(await slow.number())
        assert seen == sorted(set(seen))
        assert len(seen) < 15


@KINDS
async def test_a_stalled_viewer_is_cut_and_changes_nothing_for_others(
    tmp_path: Path, watching: Watching
) -> None:
    async with (
        running_server(tmp_path, stalled_viewer_timeout=STALL_TIMEOUT) as server,
        filmed(server) as camera,
        watching(server, SMALL) as stalled,
    ):
        began = trio.current_time()
        await until(server, lambda description: description["viewers"] == 2)
        # The quick viewer gets every frame meanwhile: `send` checks that.
        await camera.send(BATCH)
        await until(server, lambda description: description["viewers"] == 1)
        assert 0.5 * STALL_TIMEOUT < trio.current_time() - began < 4 * STALL_TIMEOUT
        await camera.send()
        with trio.fail_after(TIMEOUT):
            assert await end_of(stalled.stream) is End.RESET


@KINDS
async def test_a_slow_viewer_that_takes_something_is_not_cut(
    tmp_path: Path, watching: Watching
) -> None:
    async with (
        running_server(tmp_path, stalled_viewer_timeout=STALL_TIMEOUT) as server,
        filmed(server) as camera,
        watching(server, SMALL) as slow,
    ):
        await camera.send()
        for _ in range(5):
            # A little every half of the timeout, which is what makes it slow.
            await trio.sleep(STALL_TIMEOUT / 2)
            taken = 0
            while taken < 20_000:
                taken += len(await slow.stream.receive_some(20_000))
        assert (await described(server))["viewers"] == 2


@KINDS
@pytest.mark.parametrize("rudely", [False, True])
async def test_a_viewer_that_vanishes_is_noticed(
    server: RunningServer, watching: Watching, rudely: bool
) -> None:
    async with filmed(server) as camera:
        async with watching(server, SMALL) as vanishing:
            await until(server, lambda description: description["viewers"] == 2)
            await camera.send()
            if rudely:
                reset(vanishing.stream.socket)
        await until(server, lambda description: description["viewers"] == 1)
        await camera.send(3)
