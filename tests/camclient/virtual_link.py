"""A link, a server behind it and a camera in front of it, all in trio's virtual time."""

from collections import deque
from dataclasses import dataclass
from math import inf

import trio
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, CloseConnection, Ping, Request

from camclient.latest import LatestSlot
from camclient.rate import Rate
from camclient.sources.source import Capture
from camclient.stream import WatchedStream
from camserve.wire import SUBPROTOCOL, FrameReceived, ServerConnection, TokenReceived, Waiting

SEGMENT = 1000  # bytes that go at once


@dataclass(frozen=True)
class VirtualCapture:
    """size: bytes at quality 80."""

    taken_at: float
    size: int
    quick: bool

    def encode(self, quality: int, width: int = 0) -> bytes:
        size = self.size * quality // 80
        return b"%r %d " % (self.taken_at, quality) + bytes(max(0, size - 30))


@dataclass(frozen=True)
class Arrival:
    at: float
    taken_at: float
    quality: int
    size: int

    @property
    def age(self) -> float:
        return self.at - self.taken_at


class VirtualLink(trio.abc.Stream):
    """The client's stream; its other end is a camera server that answers pings at once.

    Attributes:
        rate: bytes per second; inf is allowed.
        delay: seconds, one way.
        buffer: bytes that sender and link take in without waiting.
        stalled: nothing passes, either way.
        arrivals: the pictures that the server has got.
        order: of what came: p for a ping, d for a message of data, which is a piece of a picture.
        demand: is sent to the camera when it has said hello; None: the server is an old one.
    """

    def __init__(self, rate: float = inf, delay: float = 0.01, buffer: int = 66_000) -> None:
        self.rate = rate
        self.delay = delay
        self.buffer = buffer
        self.stalled = False
        self.arrivals = list[Arrival]()
        self.order = ""
        self.demand: bytes | None = None
        self.client_stream = WatchedStream(self)
        self._queue, self._queued = deque[bytes](), 0
        self._news = trio.Event()
        self._back, self._received = trio.open_memory_channel[tuple[float, bytes]](1000)
        self._up, self._arrived = trio.open_memory_channel[tuple[float, bytes]](10_000)
        self._wire = WSConnection(ConnectionType.SERVER)
        self._frames = ServerConnection()

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._drain)
            nursery.start_soon(self._serve)

    @property
    def pings(self) -> int:
        return self.order.count("p")

    def say(self, message: bytes) -> None:
        """The server sends this to the camera."""
        self._reply(self._wire.send(BytesMessage(message)))

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        for start in range(0, len(data), SEGMENT):
            while self._queued >= self.buffer:
                await self._news.wait()
            segment = bytes(data[start : start + SEGMENT])
            self._queue.append(segment)
            self._queued += len(segment)
            self._tell()
        await trio.lowlevel.checkpoint()

    async def wait_send_all_might_not_block(self) -> None:
        await trio.lowlevel.checkpoint()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        due, data = await self._received.receive()
        await trio.sleep_until(due)
        return data

    async def aclose(self) -> None:
        await trio.lowlevel.checkpoint()

    async def _drain(self) -> None:
        while True:
            while not self._queue:
                await self._news.wait()
            segment = self._queue[0]
            await trio.sleep(len(segment) / self.rate)
            await self._pass_stall()
            self._queue.popleft()
            self._queued -= len(segment)
            self._tell()
            self._up.send_nowait((trio.current_time() + self.delay, segment))

    async def _pass_stall(self) -> None:
        while self.stalled:  # noqa: ASYNC110 - virtual time costs nothing
            await trio.sleep(0.01)

    async def _serve(self) -> None:
        async for due, segment in self._arrived:
            await trio.sleep_until(due)
            await self._pass_stall()
            self._wire.receive_data(segment)
            for event in self._wire.events():
                if isinstance(event, Request):
                    agreed = SUBPROTOCOL if self.demand is not None else None
                    self._reply(self._wire.send(AcceptConnection(subprotocol=agreed)))
                elif isinstance(event, Ping):
                    self.order += "p"
                    self._reply(self._wire.send(event.response()))
                elif isinstance(event, BytesMessage):
                    self.order += "d" if event.message_finished else ""
                    self._take(bytes(event.data))
                elif isinstance(event, CloseConnection):
                    return

    def _take(self, data: bytes) -> None:
        self._frames.receive_data(data)
        while not isinstance(event := self._frames.next_event(), Waiting):
            if isinstance(event, TokenReceived):
                self._frames.accept()
                if self.demand is not None:
                    self.say(self.demand)
            elif isinstance(event, FrameReceived):
                taken_at, quality, _ = event.payload.split(b" ", 2)
                arrival = Arrival(
                    trio.current_time(), float(taken_at), int(quality), len(event.payload)
                )
                self.arrivals.append(arrival)

    def _reply(self, data: bytes) -> None:
        self._back.send_nowait((trio.current_time() + self.delay, data))

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()


class VirtualCamera:
    """Puts pictures into the slot, as many as the rate wants, at most `fps`."""

    def __init__(
        self, slot: LatestSlot[Capture], rate: Rate, *, fps: float = 15, size: int = 30_000
    ) -> None:
        self.size = size
        self.quick = False
        self.taken = 0
        self._slot, self._rate, self._fps = slot, rate, fps
        self._changed = trio.Event()

    async def run(self) -> None:
        self._rate.on_change(lambda: self._changed.set())
        while True:
            now = trio.current_time()
            self.taken += 1
            self._slot.put(VirtualCapture(now, self.size, self.quick))
            await self._wait_until_due(now)

    async def _wait_until_due(self, last: float) -> None:
        while True:
            due = last + 1 / min(self._fps, self._rate.fps or inf)
            if due <= trio.current_time():
                return
            self._changed = trio.Event()
            with trio.move_on_at(due):
                await self._changed.wait()
