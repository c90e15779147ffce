"""All that viewers reach, put together."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import trio

from camserve.net.stream import ConnectionStream
from camserve.registry import Camera, Catalogue, Tokens
from camserve.relay import Hub
from camserve.scaling import Scaler
from camserve.trust import Trust

from .app import create_app, show
from .doorkeeper import Doorkeeper
from .fanouts import Fanouts
from .http import HttpServer
from .inspection import Inspection
from .live import Live
from .output_socket import OutputSocket
from .prefix import NO_PROXIES, Proxies
from .request_head import MAX_HEAD_BYTES
from .site import MAX_BODY_BYTES, Site
from .status import status
from .visitor import Visitor


class Frontend:
    """Serves viewers on connections that someone else accepted.

    max_frame_bytes: largest picture that the upload form takes
    max_head_bytes: longest request, without its body; max_body_bytes: see Site
    proxies: in front of this server
    inspection, share, cameras_url, local_camera: see Site
    public_url: how links to this server begin, if that is set
    ingest: serves a camera that comes by this port
    """

    def __init__(
        self,
        *,
        hub: Hub,
        catalogue: Catalogue,
        tokens: Tokens,
        trust: Trust,
        inspection: Inspection,
        share: Callable[[Camera, float], str],
        max_frame_bytes: int,
        ingest: tuple[str, Callable[[ConnectionStream], Awaitable[None]]],
        cameras_url: str = "",
        proxies: Proxies = NO_PROXIES,
        public_url: str | None = None,
        max_head_bytes: int = MAX_HEAD_BYTES,
        max_body_bytes: int = MAX_BODY_BYTES,
        local_camera: Callable[[], Awaitable[bytes]] | None = None,
    ) -> None:
        self._scaler = Scaler(hub)
        self._fanouts = Fanouts(
            hub, scaled=self._scaler.subscribe, describe=partial(status, hub, catalogue)
        )
        self._doorkeeper = Doorkeeper(trust, public_url)
        self._site = Site(
            hub=hub,
            catalogue=catalogue,
            tokens=tokens,
            trust=trust,
            share=share,
            doorkeeper=self._doorkeeper,
            fanouts=self._fanouts,
            scaler=self._scaler,
            inspection=inspection,
            max_frame_bytes=max_frame_bytes,
            max_body_bytes=max_body_bytes,
            cameras_url=cameras_url,
            local_camera=local_camera,
        )
        self._output = OutputSocket(hub=hub, catalogue=catalogue, fanouts=self._fanouts)
        self._live = Live(hub=hub, catalogue=catalogue, fanouts=self._fanouts)
        ingest_path, serve_camera = ingest

        async def serve_publisher(stream: ConnectionStream, _: Visitor) -> None:
            await serve_camera(stream)

        self._app = create_app(self._site)
        self._http = HttpServer(
            self._app,
            {
                # The second way in for cameras, where only one port can be opened.
                ingest_path: serve_publisher,
                "/video-output-stream": self._output.serve,
                "/camera/video-output-stream": self._output.serve,
                "/live": self._live.serve,
            },
            self._doorkeeper,
            proxies,
            max_head_bytes,
        )

    def configure(
        self,
        *,
        max_frame_bytes: int,
        max_head_bytes: int,
        max_body_bytes: int,
        share: Callable[[Camera, float], str],
        proxies: Proxies,
        public_url: str | None,
    ) -> None:
        """Work by other settings from the next request on."""
        self._site = replace(
            self._site,
            max_frame_bytes=max_frame_bytes,
            max_body_bytes=max_body_bytes,
            share=share,
        )
        show(self._app, self._site)
        self._doorkeeper.public_url = public_url
        self._http.proxies = proxies
        self._http.limit_heads(max_head_bytes)

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
