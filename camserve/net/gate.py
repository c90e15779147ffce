"""Bounds what an unverified connection can make us hold."""

import trio

from .stream import READ_SIZE


class Gate(trio.abc.HalfCloseableStream):
    """Hands out at most `limit` bytes of a stream until it is opened, then all of them.

    The WebSocket library above it may read ahead as it likes: a stranger's bytes beyond the
    limit stay in the kernel, whose window then holds the sender back.
    """

    def __init__(self, stream: trio.abc.Stream, limit: int) -> None:
        self._stream = stream
        self._left: int = limit
        self._opened = trio.Event()

    def open(self) -> None:
        """The other side has proved who it is."""
        self._opened.set()

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        size = max_bytes or READ_SIZE
        if not self._opened.is_set():
            if self._left == 0:
                await self._opened.wait()
            else:
                size = min(size, self._left)
        data = await self._stream.receive_some(size)
        self._left = max(0, self._left - len(data))
        return bytes(data)

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def send_eof(self) -> None:
        if isinstance(self._stream, trio.abc.HalfCloseableStream):
            await self._stream.send_eof()

    async def aclose(self) -> None:
        await self._stream.aclose()
