"""A simulated link: a TCP relay with a rate, a delay, a queue, stalls and cuts.

All may be changed while it runs. The kernel's own buffers are kept small on the relay's side, so
that what does not pass stays where it would stay on a real link: with the sender.
"""

import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import trio

from tests.links.deafness import cure, deafen
from tests.links.way import Changes, Quality, Way, carry

RECEIVE_BUFFER = 8 * 1024  # bytes; the kernel doubles it
SEGMENT = 1400  # bytes; loopback's own 64 KiB would not fit into the buffer
CONNECT_TIMEOUT = 5.0  # seconds, to the server behind the link


class Link:
    """What a test holds while the link runs.

    Attributes:
        port: where it listens, on 127.0.0.1.
        target: the port of the server behind it, also on 127.0.0.1; may be changed.
        up, down: towards the server, and back.
        connections: that were made since the beginning.
    """

    def __init__(self, target: int) -> None:
        self.port = 0
        self.target = target
        self.connections = 0
        self._changes = Changes()
        self.up = Way(self._changes, Quality())
        self.down = Way(self._changes, Quality())
        self._relays: set[Relay] = set()
        self.listener = small_buffered_socket()

    def set(self, **values: float | None) -> None:
        """Change `rate`, `delay` or `queue` both ways."""
        for way in (self.up, self.down):
            way.quality = replace(way.quality, **values)  # type: ignore[arg-type]
        self._changes.announce()

    def stall(self) -> None:
        """Nothing passes from now on, either way, and nobody is told.

        What is in the link already waits there; what is sent from now on is lost, and TCP has to
        send it again, in its own time. That goes for new connections too.
        """
        self._changes.stalled = True
        self._changes.announce()
        for opened in self._sockets():
            deafen(opened)

    def resume(self) -> None:
        """What waited goes on."""
        self._changes.stalled = False
        self._changes.announce()
        for opened in self._sockets():
            cure(opened)

    def reset(self) -> None:
        """End all connections with a TCP reset on both sides."""
        for relay in self._relays:
            relay.end_with_reset()

    def lose(self) -> None:
        """All connections are dead for good, and nobody is told: half-open. New ones work.

        So does a router that was restarted and knows its connections no more.
        """
        for relay in self._relays:
            relay.lose()

    def _sockets(self) -> Iterator[trio.socket.SocketType]:
        yield self.listener
        for relay in self._relays:
            if not relay.lost:
                yield from relay.sockets

    async def serve(self, stream: trio.SocketStream) -> None:
        self.connections += 1
        upstream = await connect(self.target)
        if upstream is None:
            reset(stream)
            return
        relay = Relay(stream, upstream)
        self._relays.add(relay)
        try:
            await relay.run(self.up, self.down)
        finally:
            self._relays.discard(relay)
            reset(stream)
            reset(upstream)


class Relay:
    """One connection through the link."""

    def __init__(self, client: trio.SocketStream, server: trio.SocketStream) -> None:
        self._client, self._server = client, server
        self.lost = False
        self._carrying = trio.CancelScope()

    @property
    def sockets(self) -> tuple[trio.socket.SocketType, ...]:
        return self._client.socket, self._server.socket

    async def run(self, up: Way, down: Way) -> None:
        """Carry bytes until both sides have ended, or one was reset."""
        with self._carrying:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._carry, self._client, self._server, up)
                nursery.start_soon(self._carry, self._server, self._client, down)
        if self.lost:
            await trio.sleep_forever()  # open, so that the kernels on both sides are content

    def end_with_reset(self) -> None:
        self._carrying.cancel()

    def lose(self) -> None:
        self.lost = True
        for opened in self.sockets:
            deafen(opened)
        self._carrying.cancel()

    async def _carry(self, source: trio.SocketStream, sink: trio.SocketStream, way: Way) -> None:
        ended_well = await carry(source, sink, way)
        if not ended_well:
            self._carrying.cancel()


@asynccontextmanager
async def open_link(target: int) -> AsyncIterator[Link]:
    """A link to the server on 127.0.0.1, perfect at first, for as long as the block runs."""
    link = Link(target)
    await link.listener.bind(("127.0.0.1", 0))
    link.listener.listen(16)
    link.port = link.listener.getsockname()[1]
    async with trio.open_nursery() as nursery:
        listeners = [trio.SocketListener(link.listener)]
        await nursery.start(trio.serve_listeners, link.serve, listeners)
        yield link
        nursery.cancel_scope.cancel()


def small_buffered_socket() -> trio.socket.SocketType:
    """Accepted sockets inherit both; a window that was once announced cannot be taken back."""
    opened = trio.socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, SEGMENT)
    return opened


async def connect(port: int) -> trio.SocketStream | None:
    """None: nobody listens there."""
    opened = small_buffered_socket()
    try:
        with trio.fail_after(CONNECT_TIMEOUT):
            await opened.connect(("127.0.0.1", port))
    except OSError:
        opened.close()
        return None
    return trio.SocketStream(opened)


def reset(stream: trio.SocketStream) -> None:
    """Close it so that the other side sees an error. Does nothing when it is closed."""
    if stream.socket.fileno() != -1:
        linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"  # on, 0 s: struct linger of socket(7)
        stream.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        stream.socket.close()
