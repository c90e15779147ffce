"""A WebSocket client of another make: the `websockets` library, which offers compression."""

import struct

import pytest
import trio
from websockets.sync.client import connect

from tests.camserve.web.http_viewer import TIMEOUT
from tests.camserve.web.socket_viewer import PATH, client_info, move
from tests.serving import RunningServer, TestPublisher, jpeg

FRAMES = 5


def watch(url: str) -> list[bytes]:
    """Watch for some frames, in a thread; the library has threads of its own."""
    with connect(url, max_size=None, open_timeout=TIMEOUT, close_timeout=TIMEOUT) as viewer:
        assert viewer.request is not None
        assert "permessage-deflate" in viewer.request.headers["Sec-WebSocket-Extensions"]
        assert viewer.response is not None
        assert "Sec-WebSocket-Extensions" not in viewer.response.headers
        viewer.send(client_info(1, "token"))
        received = [viewer.recv(timeout=TIMEOUT, decode=False) for _ in range(FRAMES)]
        assert viewer.ping().wait(TIMEOUT)
        viewer.send(b"")
        viewer.send(move(-1, 0.5))
        received.append(viewer.recv(timeout=TIMEOUT, decode=False))
    return received


@pytest.mark.parametrize("path", [PATH, "/camera" + PATH])
async def test_it_gets_pictures_uncompressed_and_can_move(server: RunningServer, path: str) -> None:
    url = f"ws://127.0.0.1:{server.http_port}{path}"
    async with server.publisher(server.cameras[0]) as publisher, trio.open_nursery() as nursery:
        nursery.start_soon(film, publisher)
        with trio.fail_after(TIMEOUT):
            received = await trio.to_thread.run_sync(watch, url)
            assert await publisher.socket.get_message() == struct.pack("<iff", 1, -1, 0.5)
        nursery.cancel_scope.cancel()
    numbers = [int(picture[4:].partition(b".")[0]) for picture in received]
    assert numbers == sorted(set(numbers))
    assert received == [jpeg(number, 70_000) for number in numbers]


async def film(publisher: TestPublisher) -> None:
    number = 0
    while True:
        number += 1
        await publisher.send(jpeg(number, 70_000))
        await trio.sleep(0.01)
