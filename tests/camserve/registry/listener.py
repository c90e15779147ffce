"""A listener of the catalogue that a test can ask and wait for."""

import trio

from camserve.registry import Camera

Change = tuple[Camera | None, Camera | None]


class Listener:
    """Keeps what it hears, and can be waited for."""

    def __init__(self) -> None:
        self.heard: list[Change] = []
        self._call = trio.Event()

    def __call__(self, before: Camera | None, after: Camera | None) -> None:
        self.heard.append((before, after))
        self._call.set()

    async def wait_called(self) -> None:
        await self._call.wait()
