"""Servers without a library that reads and answers by itself: they do exactly what a test says."""

from collections.abc import Awaitable, Callable
from functools import partial

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request

Handler = Callable[[trio.SocketStream], Awaitable[None]]


async def listen(nursery: trio.Nursery, handler: Handler) -> str:
    """A TCP server on a free port; its URL."""
    listeners = await nursery.start(partial(trio.serve_tcp, handler, 0, host="127.0.0.1"))
    return f"ws://127.0.0.1:{listeners[0].socket.getsockname()[1]}"


async def accept(stream: trio.SocketStream) -> WSConnection:
    """Do the WebSocket handshake."""
    wire = WSConnection(ConnectionType.SERVER)
    while not any(isinstance(event, Request) for event in wire.events()):
        wire.receive_data(bytes(await stream.receive_some()))
    await stream.send_all(wire.send(AcceptConnection()))
    return wire


class StallingServer:
    """Takes the beginning of a picture and then nothing more until `go_on`.

    Attributes:
        stalled: it has taken so much that a picture is under way, and stopped reading.
        gone: the other side has hung up.
        got: bytes that came after the handshake.
    """

    def __init__(self) -> None:
        self.stalled, self.go_on, self.gone = trio.Event(), trio.Event(), trio.Event()
        self.got = 0

    async def handle(self, stream: trio.SocketStream) -> None:
        await accept(stream)
        try:
            while data := await stream.receive_some():
                self.got += len(data)
                if self.got > 100_000:  # a hello has some 100
                    self.stalled.set()
                    await self.go_on.wait()
        except trio.BrokenResourceError:
            pass  # what we did not read makes the other side's close a reset
        self.gone.set()
