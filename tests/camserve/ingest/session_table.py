"""One camera, and sessions with it that no network is under."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import trio
import trio.testing

from camserve.ingest.session import Session
from camserve.net.life import Life
from camserve.registry import Catalogue, Tokens
from tests.camserve.ingest.fake_transport import FakeTransport
from tests.camserve.ingest.ingest_site import (
    CamerasInMemory,
    ObservedHub,
    catalogue_of,
    hello,
)

PUBLISHER_TIMEOUT = 20.0
KEEP_ALIVE = bytes(4)


@dataclass
class Table:
    """One camera and all that its session needs."""

    cameras: CamerasInMemory
    catalogue: Catalogue
    hub: ObservedHub
    tokens: Tokens
    hello: bytes
    nursery: trio.Nursery

    def session(self, transport: FakeTransport) -> Session:
        return Session(
            transport,
            hub=self.hub,
            catalogue=self.catalogue,
            tokens=self.tokens,
            max_frame_bytes=1000,
            publisher_timeout=PUBLISHER_TIMEOUT,
            life=Life("test"),
        )

    async def run(self, transport: FakeTransport) -> None:
        """Serve one connection to its end."""
        session = self.session(transport)
        await session.verify()
        await session.serve()

    async def connected(self, **settings: bool) -> FakeTransport:
        """A verified publisher, served in the background."""
        transport = FakeTransport(**settings)
        transport.put(self.hello)
        self.nursery.start_soon(self.run, transport)
        await self.settle()
        assert transport.is_verified
        return transport

    async def settle(self) -> None:
        await trio.testing.wait_all_tasks_blocked()

    def latest(self) -> bytes | None:
        """The picture that viewers see."""
        frame = self.hub.latest(1)
        return None if frame is None else frame.jpeg


@asynccontextmanager
async def open_table() -> AsyncIterator[Table]:
    cameras, tokens = CamerasInMemory(1), Tokens(b"secret")
    right = hello(1, tokens.token(cameras.cameras()[0]))
    async with trio.open_nursery() as nursery:
        catalogue = await catalogue_of(cameras)
        yield Table(cameras, catalogue, ObservedHub(), tokens, right, nursery)
        nursery.cancel_scope.cancel()
