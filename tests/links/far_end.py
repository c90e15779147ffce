"""What stands behind a link when the link itself is tested."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import trio

from tests.links.link import Link, open_link

PATIENCE = 5.0  # seconds


class Far:
    """The server behind the link: it counts what comes, can be written to, and ends with "bye".

    Attributes:
        ended: how each connection ended, in order.
    """

    def __init__(self) -> None:
        self.port = 0
        self.got = 0
        self.ended = list[str]()
        self.streams = list[trio.SocketStream]()
        self._news = trio.Event()

    async def serve(self, stream: trio.SocketStream) -> None:
        self.streams.append(stream)
        self._tell()
        ending = "end"
        try:
            async for data in stream:
                self.got += len(data)
                self._tell()
            await stream.send_all(b"bye")
        except trio.BrokenResourceError:
            ending = "reset"
        except trio.ClosedResourceError:
            ending = "closed by the test"
        self.ended.append(ending)
        self._tell()

    async def wait_got(self, count: int) -> float:
        """Wait until it got so many bytes; when it had."""
        with trio.fail_after(PATIENCE):
            while self.got < count:
                await self._news.wait()
        return trio.current_time()

    async def wait_ended(self) -> str:
        with trio.fail_after(PATIENCE):
            while not self.ended:
                await self._news.wait()
        return self.ended[0]

    def _tell(self) -> None:
        self._news.set()
        self._news = trio.Event()


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[trio.SocketStream]:
    async with await trio.open_tcp_stream("127.0.0.1", port) as stream:
        yield stream


@asynccontextmanager
async def linked() -> AsyncIterator[tuple[Link, Far]]:
    far = Far()
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, far.serve, 0, host="127.0.0.1"))
        far.port = listener.socket.getsockname()[1]
        async with open_link(far.port) as link:
            yield link, far
        nursery.cancel_scope.cancel()
