"""What strangers on the network do, by design or by accident. None of it may end a server.

Each attack is over when it returns; the server may not have looked at it yet.
"""

import socket
from collections.abc import Awaitable, Callable

import trio

from tests.raw_websocket import CLOSE, PING, handshake, raw_websocket, reset

Attack = Callable[[int], Awaitable[None]]


async def _say_and_reset(port: int, said: bytes) -> None:
    # Blocking calls: in the same process the server sees nothing before it is all over.
    with socket.create_connection(("127.0.0.1", port)) as connected:
        connected.sendall(said)
        reset(connected)
    await trio.lowlevel.checkpoint()


async def ping_after_close(port: int) -> None:
    """A ping when the server has sent its close frame and waits for the answer."""
    async with raw_websocket(port) as client:
        await client.send(b"\xff\xff\xff\xff")  # an id that no camera has
        await client.closed()
        await client.send(b"?", PING)
        await client.send(b"", CLOSE)
        await client.end()


async def bad_handshake_then_reset(port: int) -> None:
    await _say_and_reset(port, b"GET / HTTP/1.1\r\nHost: test\r\n\r\n")


async def handshake_then_reset(port: int) -> None:
    await _say_and_reset(port, handshake())


async def half_a_handshake_then_reset(port: int) -> None:
    await _say_and_reset(port, handshake()[:60])


async def reset_at_once(port: int) -> None:
    await _say_and_reset(port, b"")


THREE_KILLS: list[Attack] = [ping_after_close, bad_handshake_then_reset, handshake_then_reset]
RESETS: list[Attack] = [half_a_handshake_then_reset, reset_at_once]
