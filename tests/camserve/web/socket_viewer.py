"""Viewers of the old kind on `/video-output-stream`."""

import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.camserve.web.http_viewer import http_viewer
from tests.raw_websocket import BINARY, RawWebSocket, handshake
from tests.serving import RunningServer

PATH = "/video-output-stream"


def client_info(camera_id: object, token: object = None, **more: object) -> bytes:
    text = json.dumps({"token": token, "cameraId": camera_id, **more}).encode()
    return struct.pack("<i", len(text)) + text


def move(x: float, y: float) -> bytes:
    """As old pages write it: the kind little-endian, the direction big-endian."""
    return struct.pack("<i", 1) + struct.pack(">ff", x, y)


async def picture(viewer: RawWebSocket) -> bytes:
    opcode, payload = await viewer.message()
    assert opcode == BINARY
    return payload


@asynccontextmanager
async def raw_viewer(
    server: RunningServer, *, path: str = PATH, receive_buffer: int | None = None
) -> AsyncIterator[RawWebSocket]:
    """A connection after its handshake; nothing was said yet."""
    async with http_viewer(server, receive_buffer=receive_buffer) as viewer:
        socket = RawWebSocket(viewer.stream)
        await socket.shake_hands(handshake(path))
        assert socket.response.startswith(b"HTTP/1.1 101 ")
        yield socket


@asynccontextmanager
async def socket_viewer(
    server: RunningServer, *, receive_buffer: int | None = None
) -> AsyncIterator[RawWebSocket]:
    """A viewer of camera 1."""
    async with raw_viewer(server, receive_buffer=receive_buffer) as socket:
        await socket.send(client_info(1))
        yield socket
