"""A network and a server in memory, for days that pass in seconds; they fail as they are told."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NoReturn

import trio
import trio.testing
from trio_websocket import ConnectionClosed, wrap_server_stream

from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError
from camclient.stream import WatchedStream
from camserve.wire import SUBPROTOCOL, FrameReceived, encode_demand
from tests.camclient.fakes import Session

#: How the end of a connection shows.
ENDS = (ConnectionClosed, trio.BrokenResourceError, trio.ClosedResourceError)

Connecting = Callable[[], Awaitable[None]]


async def refuse() -> None:
    await trio.lowlevel.checkpoint()
    raise ConnectionLostError("cannot connect: Connection refused")


async def say_nothing() -> NoReturn:
    await trio.sleep_forever()


class Cable(trio.abc.Stream):
    """The server's end of a connection.

    Attributes:
        lost: nothing passes any more, and nobody is told.
    """

    def __init__(self, stream: trio.abc.Stream, network: "MockNetwork") -> None:
        self._stream = stream
        self._network = network
        self.lost = False

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._network.wait_passing()
        if not self.lost:
            await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        data = await self._stream.receive_some(max_bytes)
        await self._network.wait_passing()
        await trio.sleep(len(data) * self._network.seconds_per_byte)
        if self.lost:
            await trio.sleep_forever()
        return data

    async def aclose(self) -> None:
        if not self.lost:
            await self._stream.aclose()


class MockNetwork:
    """Its `connect` stands in for `camclient.stream.connect`.

    Attributes:
        connecting: what happens first when somebody connects; None: nothing.
        hangs_up: in the middle of the WebSocket handshake.
        seconds_per_byte: of all connections, towards the server.
        demand: of all viewers, fps.
        frames: that the server got.
        connections: that are open, at the server.
    """

    def __init__(self, nursery: trio.Nursery) -> None:
        self.connecting: Connecting | None = None
        self.hangs_up = False
        self.seconds_per_byte = 0.0
        self.demand = 0.0
        self.frames = 0
        self.connections: dict[Cable, Session] = {}
        self._nursery = nursery
        self._passing = trio.Event()
        self._passing.set()

    async def connect(self, endpoint: Endpoint, ssl_context: object) -> WatchedStream:
        if self.connecting is not None:
            await self.connecting()
        near, far = trio.testing.memory_stream_pair()
        self._nursery.start_soon(self._serve, Cable(far, self))
        return WatchedStream(near)

    async def wait_passing(self) -> None:
        await self._passing.wait()

    def stall(self) -> None:
        self._passing = trio.Event()

    def resume(self) -> None:
        self._passing.set()

    async def set_demand(self, fps: float) -> None:
        """Tell all cameras what the viewers want now."""
        self.demand = fps
        for session in list(self.connections.values()):
            with trio.move_on_after(1):
                await self._tell_demand(session)

    async def reset(self) -> None:
        for cable in list(self.connections):
            await cable.aclose()

    async def close(self, code: int, reason: str) -> None:
        """The server ends all connections, and says why."""
        for session in list(self.connections.values()):
            with trio.move_on_after(1):
                await session.close(code, reason)

    def lose(self) -> None:
        """All connections are half-open from now on."""
        for cable in self.connections:
            cable.lost = True

    async def _serve(self, cable: Cable) -> None:
        try:
            # Whoever lost a connection does not hold it for ever: see publisher_timeout.
            with trio.move_on_after(3600):
                async with trio.open_nursery() as nursery:
                    if self.hangs_up:
                        await cable.receive_some(10)
                    else:
                        await self._talk(nursery, cable)
                    nursery.cancel_scope.cancel()
        except* ENDS:
            pass
        finally:
            await trio.aclose_forcefully(cable)

    async def _talk(self, nursery: trio.Nursery, cable: Cable) -> None:
        request = await wrap_server_stream(nursery, cable)
        session = Session(await request.accept(subprotocol=SUBPROTOCOL))
        self.connections[cable] = session
        try:
            await self._tell_demand(session)
            while not cable.lost:
                self.frames += isinstance(await session.next_event(), FrameReceived)
            await trio.sleep_forever()
        finally:
            del self.connections[cable]

    async def _tell_demand(self, session: Session) -> None:
        with suppress(*ENDS):  # its own task tells of it
            await session.socket.send_message(encode_demand(self.demand, 0))
