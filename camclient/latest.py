"""The one place between camera and network: it holds the newest picture and nothing else."""

from math import inf
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class LatestSlot(Generic[T]):
    """Holds at most one item; a newer one replaces it, so a slow reader never gets an old one.

    It belongs to one trio thread: another thread calls `put` through `trio.from_thread`.
    """

    def __init__(self) -> None:
        # The slot owns both ends, so neither is ever closed under the other.
        self._send, self._receive = trio.open_memory_channel[T](1)
        self._put_at = -inf
        self.dropped = 0  #: items that were replaced or cleared before anyone took them

    def put(self, item: T) -> None:
        """Make this the newest item. Never waits."""
        self.clear()
        self._put_at = trio.current_time()
        # No checkpoint since clear(): the slot is empty, or a waiting reader takes the item.
        self._send.send_nowait(item)

    def clear(self, *, older_than: float = 0.0) -> None:
        """Throw away what nobody took: a picture from before a fault must not pass as a new one.

        older_than: seconds; what was put in since then stays.
        """
        if older_than and trio.current_time() - self._put_at < older_than:
            return
        try:
            self._receive.receive_nowait()
        except trio.WouldBlock:
            return
        self.dropped += 1

    async def get(self) -> T:
        """Take the newest item, and wait for one if there is none. Cancelled: nothing is lost."""
        return await self._receive.receive()
