"""All that viewers reach, put together."""

from collections.abc import Awaitable, Callable
from functools import partial

import trio

from camserve.net.stream import ConnectionStream
from camserve.registry import Catalogue, Tokens
from camserve.relay import Hub
from camserve.scaling import Scaler

from .app import create_app
from .fanouts import Fanouts
from .http import HttpServer, WebSocketHandler
from .live import Live
from .output_socket import OutputSocket
from .site import Site
from .status import status


class Frontend:
    """Serves viewers on connections that someone else accepted.

    max_frame_bytes: largest picture that the upload form takes
    admin_token, local_camera: see Site
    ingest: serves a camera that comes by this port
    """

    def __init__(
        self,
        *,
        hub: Hub,
        catalogue: Catalogue,
        tokens: Tokens,
        max_frame_bytes: int,
        ingest: tuple[str, WebSocketHandler],
        admin_token: str | None = None,
        local_camera: Callable[[], Awaitable[bytes]] | None = None,
    ) -> None:
        self._scaler = Scaler(hub)
        self._fanouts = Fanouts(
            hub, scaled=self._scaler.subscribe, describe=partial(status, hub, catalogue)
        )
        site = Site(
            hub=hub,
            catalogue=catalogue,
            tokens=tokens,
            fanouts=self._fanouts,
            scaler=self._scaler,
            max_frame_bytes=max_frame_bytes,
            admin_token=admin_token,
            local_camera=local_camera,
        )
        self._output = OutputSocket(hub=hub, catalogue=catalogue, fanouts=self._fanouts)
        self._live = Live(hub=hub, catalogue=catalogue, fanouts=self._fanouts)
        ingest_path, serve_camera = ingest
        self._http = HttpServer(
            create_app(site),
            {
                # The second way in for cameras, where only one port can be opened.
                ingest_path: serve_camera,
                "/video-output-stream": self._output.serve,
                "/camera/video-output-stream": self._output.serve,
                "/live": self._live.serve,
            },
        )

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep running what serves more than one viewer; has to run while `serve` does."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._scaler.run)
            await nursery.start(self._fanouts.run)
            await nursery.start(self._live.run)
            task_status.started()

    async def serve(self, stream: ConnectionStream) -> None:
        """Serve one connection until it ends."""
        await self._http.serve(stream)

    async def stop(self) -> None:
        """Close idle connections, and the others after the answer that they are at."""
        self._output.stop()
        await self._http.stop()
