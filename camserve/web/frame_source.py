"""Where a fan-out gets its frames."""

from typing import Protocol

from camserve.relay import Frame


class FrameSource(Protocol):
    """A subscription, of a camera's frames as they come or of smaller ones."""

    async def receive(self) -> Frame:
        """Wait for a newer frame.

        Raises:
            trio.EndOfChannel: there will be none.
        """
