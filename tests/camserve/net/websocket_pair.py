"""A WebSocket of ours without a network, with the bytes of the other side in the open."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio
import trio.testing
import wsproto

from camserve.net.websocket import ServerWebSocket, websocket_request
from tests.camserve.net.connections import TIMEOUT
from tests.raw_websocket import handshake

MAX = 1000  # bytes of a message

MemoryStream = trio.StapledStream[trio.testing.MemorySendStream, trio.testing.MemoryReceiveStream]


@dataclass
class Pair:
    """Our side of a WebSocket, and the bytes of the other."""

    connection: ServerWebSocket
    other: MemoryStream
    nursery: trio.Nursery
    received: bytearray = field(default_factory=bytearray)

    async def say(self, *frames: bytes) -> None:
        """Send all of it, and wait until it has been dealt with."""
        await self.other.send_all(b"".join(frames))
        await trio.testing.wait_all_tasks_blocked()

    def answers(self) -> list[object]:
        """The events in what our side has sent so far."""
        reader = wsproto.connection.Connection(wsproto.ConnectionType.CLIENT)
        reader.receive_data(bytes(self.received))
        return list(reader.events())


@asynccontextmanager
async def connected(*, in_pieces: bool = True, max_message_bytes: int = MAX) -> AsyncIterator[Pair]:
    ours, theirs = trio.testing.memory_stream_pair()
    async with trio.open_nursery() as nursery:
        await theirs.send_all(handshake())
        request = await websocket_request(
            nursery, ours, max_message_bytes=max_message_bytes, in_pieces=in_pieces
        )
        connection = await request.accept()
        assert isinstance(connection, ServerWebSocket)
        head = await theirs.receive_some()
        assert head.startswith(b"HTTP/1.1 101 ")
        assert head.endswith(b"\r\n\r\n")
        pair = Pair(connection, theirs, nursery)

        async def collect() -> None:
            async for data in theirs:
                pair.received += data

        nursery.start_soon(collect)
        yield pair
        nursery.cancel_scope.cancel()


async def messages(pair: Pair, count: int) -> list[bytes | str]:
    with trio.fail_after(TIMEOUT):
        return [await pair.connection.get_message() for _ in range(count)]
