"""How each kind of viewer gets its pictures, until its connection ends."""

import base64
import json
from collections.abc import AsyncGenerator, Callable
from functools import partial

import trio

from tests.camserve.web.http_viewer import HttpViewer
from tests.camserve.web.live_viewer import HEAD, LiveViewer, Shown
from tests.camserve.web.socket_viewer import client_info
from tests.raw_websocket import BINARY, PING, PONG, RawWebSocket, handshake

Pictures = AsyncGenerator[bytes, None]
POLL = 0.15  # seconds between two questions of those who ask for single pictures
_EVENT = b"data: data:image/jpg;base64,"


class NoPictureError(Exception):
    """The server says that there is none now."""


async def mjpeg(stream: trio.SocketStream, camera: int) -> Pictures:
    viewer = await asked(stream, f"/cameras/{camera}/stream.mjpg")
    while True:
        yield await viewer.picture()


async def events(target: str, stream: trio.SocketStream, camera: int) -> Pictures:
    viewer = await asked(stream, target.format(camera))
    while chunk := await viewer.chunk():
        for line in chunk.split(b"\n"):
            if line.startswith(_EVENT):
                yield base64.b64decode(line.removeprefix(_EVENT), validate=True)


async def snapshots(stream: trio.SocketStream, camera: int) -> Pictures:
    viewer, after = HttpViewer(stream), 0
    while True:
        answer = await viewer.answer(f"/cameras/{camera}/snapshot.jpg?after={after}&wait=2")
        if answer.status == 200:
            after = int(answer.head["x-frame-sequence"])
            yield answer.body
        elif answer.status not in {503, 504}:
            raise AssertionError(answer)
        await trio.sleep(POLL)


async def single_images(stream: trio.SocketStream, camera: int) -> Pictures:
    viewer = HttpViewer(stream)
    while True:
        answer = await viewer.answer(f"/get-image?cameraId={camera}")
        if answer.status == 200:
            yield answer.body
        elif answer.status != 503:
            raise AssertionError(answer)
        await trio.sleep(POLL)


async def list_previews(stream: trio.SocketStream, camera: int) -> Pictures:
    viewer = HttpViewer(stream)
    while True:
        answer = await viewer.answer("/list")
        for one in json.loads(answer.body):
            if one["id"] == camera and one["preview"]:
                yield base64.b64decode(one["preview"], validate=True)
        await trio.sleep(POLL)


async def live(stream: trio.SocketStream, camera: int) -> Pictures:
    viewer = LiveViewer(await connected(stream, "/live"))
    await viewer.say("watch", camera)
    while True:
        message = await binary_message(viewer.socket)
        number, sequence, arrived = HEAD.unpack_from(message)
        shown = Shown(number, sequence, arrived, message[HEAD.size :])
        assert shown.camera == camera, f"/live says camera {shown.camera}"
        yield shown.jpeg
        await viewer.acknowledge(shown)


async def output_socket(stream: trio.SocketStream, camera: int) -> Pictures:
    socket = await connected(stream, "/video-output-stream")
    await socket.send(client_info(camera))
    while True:
        yield await binary_message(socket)


KINDS: dict[str, Callable[[trio.SocketStream, int], Pictures]] = {
    "stream.mjpg": mjpeg,
    "events": partial(events, "/cameras/{}/events"),
    "/live": live,
    "video-output-stream": output_socket,
    "stream-image": partial(events, "/camera/stream-image?cameraId={}"),
    "snapshot": snapshots,
    "get-image": single_images,
    "/list": list_previews,
}


async def asked(stream: trio.SocketStream, target: str) -> HttpViewer:
    viewer = HttpViewer(stream)
    head = await viewer.ask(target)
    if head.status == 503:
        raise NoPictureError
    assert head.status == 200, head
    return viewer


async def connected(stream: trio.SocketStream, path: str) -> RawWebSocket:
    socket = RawWebSocket(stream)
    await socket.shake_hands(handshake(path))
    if not socket.response.startswith(b"HTTP/1.1 101 "):
        raise AssertionError(socket.response)
    return socket


async def binary_message(socket: RawWebSocket) -> bytes:
    while True:
        opcode, payload = await socket.receive()
        if opcode == BINARY:
            return payload
        if opcode == PING:
            await socket.send(payload, PONG)
