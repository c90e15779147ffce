"""One way of a simulated link: a queue that drains at a rate, and then a delay.

    source → [queue: waits for the rate] → [air: waits for the delay] → sink

Three tasks for each connection and way. Every piece has a deadline computed from the one before, so
that the rate holds over time however late a task wakes up.
"""

from collections import deque
from dataclasses import dataclass

import trio

SMALLEST, LARGEST = 512, 32 * 1024  # bytes of a piece
PIECES_PER_SECOND = 100
#: A task that wakes up late may catch up by this much.
SLACK = 0.05  # seconds
#: Bytes on their way, where no rate bounds them.
MAX_IN_AIR = 1024 * 1024

#: What ends a connection, in place of the next piece.
END, RESET = b"", None


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a link is, one way.

    Attributes:
        rate: bytes per second; None: whatever the computer can do.
        delay: seconds, one way, without the time spent in the queue.
        queue: bytes that wait in the link when it is slower than its sender; then the sender waits.
    """

    rate: float | None = None
    delay: float = 0.0
    queue: int = 64 * 1024


class Changes:
    """Tells every task of a link that something is different now."""

    def __init__(self) -> None:
        self.stalled = False
        self._event = trio.Event()

    def announce(self) -> None:
        self._event.set()
        self._event = trio.Event()

    async def wait(self) -> None:
        await self._event.wait()


class Way:
    """What all connections of a link have in common, one way.

    Attributes:
        passed: bytes that came out at the other end.
    """

    def __init__(self, changes: Changes, quality: Quality) -> None:
        self.quality = quality
        self.passed = 0
        self._changes = changes
        self._free_at = -float("inf")  # when the last piece has left the queue

    @property
    def piece(self) -> int:
        """Bytes that go as one: few on a slow link, so that changes take hold soon."""
        if self.quality.rate is None:
            return LARGEST
        return max(SMALLEST, min(LARGEST, int(self.quality.rate / PIECES_PER_SECOND)))

    async def leave(self, size: int) -> float:
        """Wait until `size` bytes have left the queue; when they did. The rate is for all."""
        while True:
            await self.pass_stall()
            if self.quality.rate is None:
                return trio.current_time()
            began = max(self._free_at, trio.current_time() - SLACK)
            due = began + size / self.quality.rate
            self._free_at = due
            with trio.move_on_at(due) as waiting:
                await self._changes.wait()
            if waiting.cancelled_caught:
                return due
            self._free_at = trio.current_time()  # a change: this piece starts anew

    async def pass_stall(self) -> None:
        while self._changes.stalled:
            await self._changes.wait()


class Belt:
    """A bounded queue of bytes between two tasks."""

    def __init__(self) -> None:
        self.size = 0
        self._items = deque[tuple[bytes | None, float]]()
        self._news = trio.Event()

    def put(self, piece: bytes | None, at: float) -> None:
        self._items.append((piece, at))
        self.size += len(piece or b"")
        self._tell()

    def take(self) -> None:
        piece, _ = self._items.popleft()
        self.size -= len(piece or b"")
        self._tell()

    async def first(self) -> tuple[bytes | None, float]:
        while not self._items:
            await self._news.wait()
        return self._items[0]

    async def wait_below(self, limit: int) -> None:
        while self.size >= limit:
            await self._news.wait()

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()


async def carry(source: trio.SocketStream, sink: trio.SocketStream, way: Way) -> bool:
    """Carry until the source ends; False: with an error, and the other side is to see one."""
    queue, air = Belt(), Belt()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(fill, source, queue, way)
        nursery.start_soon(drain, queue, air, way)
        ended_well = await deliver(air, sink, way)
        nursery.cancel_scope.cancel()
    return ended_well


async def fill(source: trio.SocketStream, queue: Belt, way: Way) -> None:
    piece: bytes | None = None
    while piece != END:
        await queue.wait_below(way.quality.queue)
        try:
            room = way.quality.queue - queue.size
            piece = bytes(await source.receive_some(max(1, min(way.piece, room))))
        except trio.BrokenResourceError:
            queue.put(RESET, trio.current_time())
            return
        queue.put(piece, trio.current_time())


async def drain(queue: Belt, air: Belt, way: Way) -> None:
    while True:
        piece, _ = await queue.first()
        left = await way.leave(len(piece or b""))
        await air.wait_below(MAX_IN_AIR)
        queue.take()
        air.put(piece, left + way.quality.delay)


async def deliver(air: Belt, sink: trio.SocketStream, way: Way) -> bool:
    while True:
        piece, at = await air.first()
        await trio.sleep_until(at)
        await way.pass_stall()
        if piece is RESET:
            return False
        try:
            if piece == END:
                await sink.send_eof()
                return True
            await sink.send_all(piece)
        except trio.BrokenResourceError:
            return False
        way.passed += len(piece)
        air.take()
