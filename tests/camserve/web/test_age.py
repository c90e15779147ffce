"""What a viewer sees is never old, however slow its link, its proxy or its neighbours are."""

import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import trio
import trio.testing

from tests.camserve.web.http_viewer import TIMEOUT, HttpViewer, http_viewer, until
from tests.camserve.web.live_viewer import LiveViewer
from tests.camserve.web.online_camera import books
from tests.raw_websocket import BINARY, RawWebSocket, handshake
from tests.serving import RunningServer, TestPublisher, connection, jpeg, running_server

TARGET = "/cameras/1/stream.mjpg"
FRAME = 60_000  # bytes
FPS = 25
RATE = 200_000  # bytes per second of the slow link: a seventh of what the camera sends
WATCHED = 4.0  # seconds; a queue of old frames would be seconds long by then
PIECE = 4096  # bytes that the slow link takes at a time
BUFFER = 4_000_000  # bytes that a proxy is willing to hold

pytestmark = pytest.mark.usefixtures("no_repeats")


def stamped() -> bytes:
    """A picture that says when it was taken."""
    return jpeg(b"%020.6f" % trio.current_time(), FRAME)


def age(picture: bytes) -> float:
    """Seconds since it was taken."""
    return trio.current_time() - float(picture[4:24])


async def play(publisher: TestPublisher) -> None:
    began = trio.current_time()
    number = 0
    while True:
        number += 1
        await publisher.send(stamped())
        await trio.sleep_until(began + number / FPS)


class Link:
    """Lets bytes pass at RATE."""

    def __init__(self) -> None:
        self._free_at = trio.current_time()

    async def pass_on(self, size: int) -> None:
        self._free_at = max(self._free_at, trio.current_time() - 0.05) + size / RATE
        await trio.sleep_until(self._free_at)


class SlowStream(trio.abc.ReceiveStream):
    """Reads another stream at RATE."""

    def __init__(self, stream: trio.SocketStream) -> None:
        self._stream = stream
        self._link = Link()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        data = bytes(await self._stream.receive_some(PIECE))
        await self._link.pass_on(len(data))
        return data

    async def aclose(self) -> None:
        await self._stream.aclose()


def assert_bounded(ages: list[float], limit: float) -> None:
    assert len(ages) > 6
    assert max(ages) < limit
    # No growth: the last ones are as young as the ones before, but for the rhythm of the link.
    half = len(ages) // 2
    assert max(ages[half:]) < max(ages[:half]) + 0.3


@asynccontextmanager
async def playing(server: RunningServer) -> AsyncIterator[None]:
    """A camera that sends stamped pictures."""
    async with server.publisher(server.cameras[0]) as publisher, trio.open_nursery() as nursery:
        nursery.start_soon(play, publisher)
        await until(server, lambda camera: camera["state"] == "online")
        yield
        nursery.cancel_scope.cancel()


async def test_age_at_a_slow_reader(server: RunningServer) -> None:
    async with playing(server), http_viewer(server, receive_buffer=16384) as viewer:
        await viewer.ask(TARGET)
        viewer.stream = SlowStream(viewer.stream)  # type: ignore[assignment]
        ages = []
        with trio.move_on_after(WATCHED):
            while True:
                ages.append(age(await viewer.picture()))
        (entry,) = await books(server)
    assert_bounded(ages, 1.2)
    assert entry["dropped"] > entry["sent"]
    assert 0 < entry["age"] < 1.2


@asynccontextmanager
async def buffering_proxy(port: int) -> AsyncIterator[int]:
    """Takes up to BUFFER bytes at once from the server, and gives them on at RATE; its port."""

    async def serve(client: trio.SocketStream) -> None:
        server = await trio.open_tcp_stream("127.0.0.1", port)
        send, receive = trio.open_memory_channel[bytes](BUFFER // PIECE)
        async with server, trio.open_nursery() as nursery:

            async def back() -> None:
                async for data in client:
                    await server.send_all(data)
                nursery.cancel_scope.cancel()

            async def fill() -> None:
                while data := await server.receive_some(PIECE):
                    await send.send(bytes(data))

            nursery.start_soon(back)
            nursery.start_soon(fill)
            link = Link()
            with suppress(trio.BrokenResourceError):
                async for data in receive:
                    await link.pass_on(len(data))
                    await client.send_all(data)

    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, serve, 0, host="127.0.0.1"))
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def test_age_behind_a_proxy_that_buffers(server: RunningServer) -> None:
    """TCP cannot tell what a proxy hides; the viewer's acknowledgements can."""
    async with (
        playing(server),
        buffering_proxy(server.http_port) as port,
        connection(port) as stream,
    ):
        viewer = LiveViewer(RawWebSocket(stream))
        await viewer.socket.shake_hands(handshake("/live"))
        await viewer.say("watch")
        ages = []
        with trio.move_on_after(WATCHED):
            while True:
                opcode, payload = await viewer.message()
                if opcode == BINARY:
                    ages.append(age(payload[20:]))
                    (sequence,) = struct.unpack_from("<Q", payload, 4)
                    await viewer.say("ack", seq=sequence)
    assert_bounded(ages, 1.5)


async def held() -> tuple[int, int]:
    """Open files and living tasks of this process, when nobody has anything to do."""
    await trio.testing.wait_all_tasks_blocked(0.05)
    return len(os.listdir("/proc/self/fd")), trio.lowlevel.current_statistics().tasks_living


async def test_ten_of_fifty_stall(tmp_path: Path) -> None:
    """The others get every frame; the stalled ones go, with sockets, tasks and books."""
    async with (
        running_server(tmp_path, stalled_viewer_timeout=1) as server,
        server.publisher(server.cameras[0]) as publisher,
        AsyncExitStack() as stack,
        trio.open_nursery() as nursery,
    ):
        shown = trio.Semaphore(0)
        received: list[list[bytes]] = []

        async def read(viewer: HttpViewer) -> None:
            pictures: list[bytes] = []
            received.append(pictures)
            while True:
                pictures.append((await viewer.picture())[:20])
                shown.release()

        async def publish(number: int) -> None:
            await publisher.send(jpeg(number, FRAME))
            with trio.fail_after(TIMEOUT):
                for _ in range(40):
                    await shown.acquire()

        await publisher.send(jpeg(0, FRAME))
        for _ in range(40):
            viewer = await stack.enter_async_context(http_viewer(server))
            await viewer.ask(TARGET)
            nursery.start_soon(read, viewer)
        for _ in range(40):
            await shown.acquire()
        await until(server, lambda camera: camera["viewers"] == 40)
        files, tasks = await held()
        for _ in range(10):
            viewer = await stack.enter_async_context(http_viewer(server, receive_buffer=4096))
            viewer.stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            await viewer.send(TARGET)
        await until(server, lambda camera: camera["viewers"] == 50)
        number = 0
        with trio.fail_after(TIMEOUT):
            while number < 20 or await held() != (files + 10, tasks):
                number += 1
                await publish(number)
        await until(server, lambda camera: camera["viewers"] == 40)
        nursery.cancel_scope.cancel()
    expected = [jpeg(each, FRAME)[:20] for each in range(number + 1)]
    assert received == [expected] * 40
