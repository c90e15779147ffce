"""Ingest on real sockets, on a port of its own and behind hypercorn, with its hub in the open."""

import struct
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import cast

import trio
from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope

from camserve.ingest import Ingest
from camserve.net.listen import bound_port, open_listeners, serve_connections
from camserve.registry import Camera, Catalogue, Registry, Tokens
from camserve.relay import Frame, Hub, Publisher
from camserve.web.http import HttpServer
from camserve.wire import INGEST_PATH, ClientConnection
from tests.camserve.web.open_door import open_doorkeeper
from tests.raw_websocket import RawWebSocket, raw_websocket

TIMEOUT = 10.0  # seconds; far more than anything here takes
MAX_FRAME_BYTES = 500_000


class CamerasInMemory:
    """Stands in for the database behind a Catalogue."""

    def __init__(self, *camera_ids: int) -> None:
        self._cameras = [
            Camera(number, f"camera {number}", "", True, False, 1, None) for number in camera_ids
        ]
        self._revision = 1

    def revision(self) -> int:
        return self._revision

    def cameras(self) -> list[Camera]:
        return list(self._cameras)

    def remove(self, camera_id: int) -> None:
        self._cameras = [camera for camera in self._cameras if camera.id != camera_id]
        self._revision += 1


class ObservedHub(Hub):
    """A hub that tells tests when something happened, so that they need not ask again and again."""

    def __init__(self) -> None:
        super().__init__()
        self.rejections = 0
        self._happened = trio.Event()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until this is true."""
        with trio.fail_after(TIMEOUT):
            while not condition():
                await self._happened.wait()

    def publish(self, camera_id: int, jpeg: bytes, *, uploaded: bool = False) -> Frame:
        frame = super().publish(camera_id, jpeg, uploaded=uploaded)
        self._tell()
        return frame

    def reject(self, camera_id: int) -> None:
        super().reject(camera_id)
        self.rejections += 1
        self._tell()

    @contextmanager
    def connected(self, camera_id: int, publisher: Publisher) -> Iterator[None]:
        try:
            with super().connected(camera_id, publisher):
                self._tell()
                yield
        finally:
            self._tell()

    def _tell(self) -> None:
        self._happened.set()
        self._happened = trio.Event()


async def catalogue_of(cameras: CamerasInMemory) -> Catalogue:
    catalogue = Catalogue(cast(Registry, cameras))
    await catalogue.refresh()
    return catalogue


def hello(camera_id: int, token: str | bytes, *, length: int | None = None) -> bytes:
    """The first bytes of the stream, right or wrong; length: instead of the token's."""
    proof = token if isinstance(token, bytes) else token.encode()
    return struct.pack("<ii", camera_id, len(proof) if length is None else length) + proof


def framed(*pictures: bytes) -> bytes:
    return b"".join(struct.pack("<i", len(picture)) + picture for picture in pictures)


@dataclass
class IngestSite:
    """Cameras 1 to 4 may publish."""

    hub: ObservedHub
    tokens: Tokens
    catalogue: Catalogue
    ingest: Ingest
    ingest_port: int
    http_port: int

    def port(self, name: str) -> int:
        return {"ingest": self.ingest_port, "http": self.http_port}[name]

    def token(self, camera_id: int = 1) -> str:
        camera = self.catalogue.get(camera_id)
        assert camera is not None
        return self.tokens.token(camera)

    def hello(self, camera_id: int = 1) -> bytes:
        return ClientConnection().send_hello(camera_id, self.token(camera_id))

    @asynccontextmanager
    async def publisher(
        self, camera_id: int = 1, port: str = "ingest"
    ) -> AsyncIterator[RawWebSocket]:
        """A raw client that has said a right hello."""
        async with raw_websocket(self.port(port)) as client:
            await client.send(self.hello(camera_id))
            yield client

    async def published(self, picture: bytes, camera_id: int = 1) -> None:
        """Wait until `picture` is the camera's latest frame."""
        with trio.fail_after(TIMEOUT), self.hub.subscribe(camera_id) as viewer:
            while (await viewer.receive()).jpeg != picture:
                pass

    async def offline(self, camera_id: int = 1) -> None:
        """Wait until the camera has no connection."""
        await self.hub.until(lambda: self.hub.publisher(camera_id) is None)

    async def still_serves(self, picture: bytes, camera_id: int = 2) -> None:
        """Check that a new publisher is served as if nothing had happened."""
        with trio.fail_after(TIMEOUT):
            async with self.publisher(camera_id) as client:
                await client.send(framed(picture))
                await self.published(picture, camera_id)


@asynccontextmanager
async def ingest_site(
    *,
    max_frame_bytes: int = MAX_FRAME_BYTES,
    handshake_timeout: float = 6 * TIMEOUT,
    publisher_timeout: float = 6 * TIMEOUT,
) -> AsyncIterator[IngestSite]:
    """Serve in this task; what is still connected at the end is cut."""
    hub, tokens = ObservedHub(), Tokens(b"secret")
    catalogue = await catalogue_of(CamerasInMemory(1, 2, 3, 4))
    ingest = Ingest(
        hub=hub,
        catalogue=catalogue,
        tokens=tokens,
        max_frame_bytes=max_frame_bytes,
        handshake_timeout=handshake_timeout,
        publisher_timeout=publisher_timeout,
    )
    http = HttpServer(
        cast(ASGIFramework, _nothing_else),
        {INGEST_PATH: lambda stream, _: ingest.serve(stream)},
        open_doorkeeper(),
    )
    serve = partial(serve_connections, stop=trio.Event(), grace=0, stall_timeout=TIMEOUT)
    async with trio.open_nursery() as nursery:
        ports = []
        for handler in (ingest.serve, http.serve):
            listeners = await open_listeners("127.0.0.1", 0)
            await nursery.start(serve, handler, listeners)
            ports.append(bound_port(listeners))
        yield IngestSite(hub, tokens, catalogue, ingest, *ports)
        nursery.cancel_scope.cancel()


async def _nothing_else(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
    raise AssertionError(f"not a publisher: {scope}")
