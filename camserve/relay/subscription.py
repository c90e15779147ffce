"""One viewer's place at a camera: a memory channel that holds only the newest frame."""

from types import TracebackType
from typing import Self

import trio

from .frame import Frame


class Subscription:
    """The newest frame that one viewer has not seen yet.

    Both ends of the channel belong to this object, so offering to it never fails: a viewer
    that has gone is one that left the `with` block, and the hub forgets it there.
    """

    def __init__(self, group: "set[Subscription]") -> None:
        self._group = group
        self._send, self._receive = trio.open_memory_channel[Frame](1)
        self._ended = trio.Event()
        self.delivered = 0
        self.dropped = 0

    def __enter__(self) -> Self:
        self._group.add(self)
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._group.discard(self)
        self._send.close()
        self._receive.close()

    def offer(self, frame: Frame) -> None:
        """Put a frame in the slot; one that nobody took is replaced and counted as dropped.

        After `end` nothing happens: a publisher may still be at its last frame.
        """
        if self._ended.is_set():
            return
        try:
            self._send.send_nowait(frame)
        except trio.WouldBlock:
            # No checkpoint between these lines: nobody can take the slot in the meantime.
            self._receive.receive_nowait()
            self._send.send_nowait(frame)
            self.dropped += 1

    def end(self) -> None:
        """No frame will follow: what waits is still given out, then `receive` says so."""
        self._ended.set()
        self._send.close()

    async def wait_ended(self) -> None:
        """Wait until no frame will follow; one may still be waiting to be received."""
        await self._ended.wait()

    async def receive(self) -> Frame:
        """Wait for a frame that this viewer has not had; the newest one there is.

        Cancelled, it takes nothing.

        Raises:
            trio.EndOfChannel: the camera was removed or the server is stopping.
        """
        frame = await self._receive.receive()
        self.delivered += 1
        return frame
