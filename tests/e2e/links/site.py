"""A server, a link in front of it, a camera behind the link, and a viewer beside the server."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import trio

from camclient.run import publish
from tests.links.link import Link, open_link
from tests.links.stamped import StampedSource
from tests.links.viewer import Viewer, opener
from tests.serving import RunningServer, running_server

STARTUP = 5.0  # seconds until the first picture, on a slow machine too
FPS, SIZE = 15, 30_000  # of the camera; 450 kB/s


@dataclass
class Site:
    server: RunningServer
    link: Link
    camera: StampedSource
    viewer: Viewer
    nursery: trio.Nursery

    async def publish(self) -> None:
        """What camclient does, until cancelled."""
        await publish(
            self.camera,
            server_url=f"ws://127.0.0.1:{self.link.port}",
            camera_id=self.server.cameras[0].id,
            token=self.server.token(self.server.cameras[0]),
        )

    async def start(self) -> None:
        """Start camera and viewer, and wait for the first picture."""
        self.nursery.start_soon(self.publish)
        await self.watch()

    async def watch(self) -> None:
        """Start the viewer, and wait for its first picture."""
        self.nursery.start_soon(self.viewer.watch)
        with trio.fail_after(STARTUP):
            await self.viewer.picture()


@asynccontextmanager
async def open_site(data_dir: Path) -> AsyncIterator[Site]:
    """All of it, ready to start; the link is perfect at first."""
    async with (
        running_server(data_dir) as server,
        open_link(server.ingest_port) as link,
        trio.open_nursery() as nursery,
    ):
        viewer = Viewer(opener(server.http_port))
        yield Site(server, link, StampedSource(FPS, SIZE), viewer, nursery)
        nursery.cancel_scope.cancel()


async def until(holds: Callable[[], object], within: float) -> None:
    """Wait until it is so; fail when it is not so within that many seconds."""
    with trio.fail_after(within):
        while not holds():  # noqa: ASYNC110 - what is asked for sets no event
            await trio.sleep(0.02)
