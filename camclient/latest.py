"""The one place between camera and network: it holds the newest picture and nothing else."""

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
        self.dropped = 0  #: items that were replaced or cleared before anyone took them

    def put(self, item: T) -> None:
        """Make this the newest item. Never waits."""
        self.clear()
        # No checkpoint since clear(): the slot is empty, or a waiting reader takes the item.
        self._send.send_nowait(item)

    def clear(self) -> None:
        """Throw away what nobody took: a picture from before a fault must not pass as a new one."""
        try:
            self._receive.receive_nowait()
        except trio.WouldBlock:
            return
        self.dropped += 1

    async def get(self) -> T:
        """Take the newest item, and wait for one if there is none. Cancelled: nothing is lost."""
        return await self._receive.receive()
