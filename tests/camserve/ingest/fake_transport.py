"""A publisher's connection without a network, for a Session."""

import math
from collections.abc import Callable

import trio

from camserve.ingest.transport import Disconnected, TextReceived
from camserve.wire import SUBPROTOCOL, RemoteProtocolError

Item = bytes | Disconnected | TextReceived | RemoteProtocolError


class FakeTransport:
    """Gives out what a test puts in, and notes what the session does with it."""

    def __init__(self, *, answers_pings: bool = True, is_new: bool = False) -> None:
        self.answers_pings = answers_pings
        self.subprotocol = SUBPROTOCOL if is_new else None
        self.pings: list[float] = []  # when, trio's clock
        self.sent: list[bytes] = []
        self.closed: tuple[int, str] | None = None
        self.closed_at = math.nan
        self.is_verified = False
        self.takes_messages = trio.Event()
        self.takes_messages.set()
        self._items, self._given = trio.open_memory_channel[Item](1000)

    @property
    def is_open(self) -> bool:
        """It was not closed by the session."""
        return self.closed is None

    def put(self, *items: Item) -> None:
        for item in items:
            self._items.send_nowait(item)

    async def receive(self) -> bytes:
        item = await self._given.receive()
        if isinstance(item, bytes):
            return item
        raise item

    async def deliver(self, sink: Callable[[bytes], bool]) -> None:
        while True:
            data = await self.receive()
            while sink(data):
                await trio.lowlevel.checkpoint()
                data = b""

    async def send(self, message: bytes) -> None:
        await self.takes_messages.wait()
        self.sent.append(message)

    async def ping(self) -> None:
        self.pings.append(trio.current_time())
        if not self.answers_pings:
            await trio.sleep_forever()
        await trio.lowlevel.checkpoint()

    async def close(self, code: int, reason: str) -> None:
        await trio.lowlevel.checkpoint()
        self.closed = (code, reason)
        self.closed_at = trio.current_time()

    def verified(self) -> None:
        self.is_verified = True
