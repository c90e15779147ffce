"""A WebSocket client that does only what it is told: it answers nothing by itself, and may be rude.

Frames are those of RFC 6455, section 5.2.
"""

import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from enum import Enum

import trio

from camserve.wire import INGEST_PATH

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
MASK = bytes(4)  # legal, and leaves payloads readable


class End(Enum):
    """How a TCP connection ended, as this side saw it."""

    EOF = "eof"
    RESET = "reset"


def frame(payload: bytes, opcode: int = BINARY, *, last: bool = True) -> bytes:
    """One masked frame; last: it ends its message."""
    first = opcode | (0x80 if last else 0)
    if len(payload) < 126:
        head = struct.pack("!BB", first, 0x80 | len(payload))
    elif len(payload) < 65536:
        head = struct.pack("!BBH", first, 0x80 | 126, len(payload))
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, len(payload))
    return head + MASK + payload


def handshake(path: str = INGEST_PATH, protocols: Sequence[str] = ()) -> bytes:
    lines = [
        f"GET {path} HTTP/1.1",
        "Host: test",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    ]
    if protocols:
        lines.append("Sec-WebSocket-Protocol: " + ", ".join(protocols))
    return "\r\n".join([*lines, "", ""]).encode()


def reset(connected: socket.socket | trio.socket.SocketType) -> None:
    """Close with RST instead of FIN."""
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connected.close()


async def end_of(stream: trio.SocketStream) -> End:
    """Read and throw away until the other side ends the connection."""
    try:
        while await stream.receive_some(65536):
            pass
    except trio.BrokenResourceError:
        return End.RESET
    return End.EOF


class RawWebSocket:
    def __init__(self, stream: trio.SocketStream) -> None:
        self.stream = stream
        self.response = b""  # the head that answered the handshake
        self._unread = b""

    async def shake_hands(self, request: bytes) -> None:
        await self.stream.send_all(request)
        while b"\r\n\r\n" not in self._unread:
            await self._read_more()
        self.response, _, self._unread = self._unread.partition(b"\r\n\r\n")

    async def send(self, payload: bytes, opcode: int = BINARY, *, last: bool = True) -> None:
        await self.stream.send_all(frame(payload, opcode, last=last))

    async def receive(self) -> tuple[int, bytes]:
        """The next frame: opcode, payload.

        Raises:
            EOFError: there is none.
            trio.BrokenResourceError: there was a reset.
        """
        while True:
            if len(self._unread) >= 2:
                size, start = self._unread[1], 2
                if size == 126 and len(self._unread) >= 4:
                    size, start = struct.unpack_from("!H", self._unread, 2)[0], 4
                elif size == 127 and len(self._unread) >= 10:
                    size, start = struct.unpack_from("!Q", self._unread, 2)[0], 10
                whole = size < 126 or start > 2
                if whole and len(self._unread) >= start + size:
                    opcode = self._unread[0] & 0x0F
                    assert self._unread[0] & 0x80, "the server sends whole messages"
                    payload = self._unread[start : start + size]
                    self._unread = self._unread[start + size :]
                    return opcode, payload
            await self._read_more()

    async def message(self) -> tuple[int, bytes]:
        """The next frame that is no ping."""
        while True:
            opcode, payload = await self.receive()
            if opcode != PING:
                return opcode, payload

    async def closed(self) -> tuple[int, str]:
        """Wait for the server's close frame; its code and reason."""
        while True:
            opcode, payload = await self.receive()
            if opcode == CLOSE:
                return struct.unpack_from("!H", payload)[0], payload[2:].decode()

    async def end(self) -> End:
        return await end_of(self.stream)

    async def _read_more(self) -> None:
        data = await self.stream.receive_some(65536)
        if not data:
            raise EOFError(self._unread[-200:])
        self._unread += data


@asynccontextmanager
async def raw_websocket(
    port: int, path: str = INGEST_PATH, protocols: Sequence[str] = ()
) -> AsyncIterator[RawWebSocket]:
    """A connection after its handshake, whatever the answer was."""
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        client = RawWebSocket(stream)
        await client.shake_hands(handshake(path, protocols))
        yield client
