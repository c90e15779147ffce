"""A camera of the new kind: it is told what viewers want."""

import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from camserve.wire import SUBPROTOCOL, ClientConnection
from tests.camserve.web.http_viewer import TIMEOUT
from tests.raw_websocket import BINARY, RawWebSocket, raw_websocket
from tests.serving import RunningServer

Told = tuple[float, int]  # fps and width

NOBODY: Told = (0.0, 0)
EVERYTHING: Told = (1000.0, 0)


@dataclass
class NewCamera:
    socket: RawWebSocket
    wire: ClientConnection

    async def message(self) -> bytes:
        with trio.fail_after(TIMEOUT):
            opcode, message = await self.socket.message()
        assert opcode == BINARY
        return message

    async def told(self) -> Told:
        """The next message, which has to be a demand."""
        message = await self.message()
        assert message[:4] == struct.pack("<i", 3)
        fps, width = struct.unpack("<fi", message[4:])
        return fps, width

    async def send(self, picture: bytes) -> None:
        await self.socket.send(self.wire.send_frame(picture))


@asynccontextmanager
async def new_camera(server: RunningServer, camera_id: int = 1) -> AsyncIterator[NewCamera]:
    wire = ClientConnection()
    async with raw_websocket(server.ingest_port, protocols=[SUBPROTOCOL]) as socket:
        camera = server.cameras[camera_id - 1]
        await socket.send(wire.send_hello(camera.id, server.token(camera)))
        yield NewCamera(socket, wire)
