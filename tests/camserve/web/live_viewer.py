"""A viewer on `/live` that acknowledges nothing by itself and hides no byte."""

import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio

from tests.camserve.web.http_viewer import TIMEOUT, http_viewer
from tests.raw_websocket import BINARY, TEXT, RawWebSocket, handshake
from tests.serving import RunningServer

PATH = "/live"
HEAD = struct.Struct("<IQQ")


@dataclass
class Shown:
    """One binary message, taken apart."""

    camera: int
    sequence: int
    arrived: int  # Unix microseconds
    jpeg: bytes


@dataclass
class LiveViewer:
    """Every wait ends with an error after TIMEOUT seconds."""

    socket: RawWebSocket

    async def say(self, op: str, camera: int = 1, **fields: object) -> None:
        text = json.dumps({"op": op, "camera": camera, **fields})
        await self.socket.send(text.encode(), TEXT)

    async def message(self) -> tuple[int, bytes]:
        with trio.fail_after(TIMEOUT):
            return await self.socket.message()

    async def text(self) -> bytes:
        """The next message, which has to be a text."""
        opcode, payload = await self.message()
        assert opcode == TEXT, payload[:40]
        return payload

    async def told(self) -> dict[str, object]:
        value = json.loads(await self.text())
        assert isinstance(value, dict)
        return value

    async def error(self) -> str:
        told = await self.told()
        assert list(told) == ["op", "message"]
        assert told["op"] == "error"
        return str(told["message"])

    async def frame(self) -> Shown:
        """The next message, which has to be a frame."""
        opcode, payload = await self.message()
        assert opcode == BINARY, payload
        camera, sequence, arrived = HEAD.unpack_from(payload)
        return Shown(camera, sequence, arrived, payload[HEAD.size :])

    async def acknowledge(self, frame: Shown) -> None:
        await self.say("ack", frame.camera, seq=frame.sequence)

    async def watch(self, camera: int = 1, **wishes: object) -> dict[str, object]:
        """Watch; the status that comes first."""
        await self.say("watch", camera, **wishes)
        return await self.told()

    async def nothing_came(self) -> None:
        """All that was said so far was done, and nothing was sent for it."""
        await self.say("nonsense")
        assert (await self.error()).startswith("op: ")


@asynccontextmanager
async def live_viewer(
    server: RunningServer, *, receive_buffer: int | None = None, protocols: tuple[str, ...] = ()
) -> AsyncIterator[LiveViewer]:
    async with http_viewer(server, receive_buffer=receive_buffer) as viewer:
        socket = RawWebSocket(viewer.stream)
        with trio.fail_after(TIMEOUT):
            await socket.shake_hands(handshake(PATH, protocols))
        assert socket.response.startswith(b"HTTP/1.1 101 ")
        yield LiveViewer(socket)
