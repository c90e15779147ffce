"""`camserve demo`: the real server, watched by nobody yet, with three synthetic cameras.

The cameras are camclient's own code and come in by the ingest port like any other: what the demo
shows is the whole real path.
"""

import logging
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import trio

from camclient.failures import Refused
from camclient.run import publish
from camclient.sources import MissingOpenCVError, Source, SourceOptions, parse_source
from camserve.address import Addresses
from camserve.config import Config
from camserve.registry import Camera, Registry, RegistryError, Tokens, load_secret
from camserve.running import StartError, run_until_signal
from camserve.securing import trusting
from camserve.server import serve

log = logging.getLogger(__name__)

WIDTH, HEIGHT = 640, 480  # pixels
FPS = 15.0


@dataclass(frozen=True, slots=True)
class DemoCamera:
    name: str
    description: str
    source: str  # as camclient takes it


CAMERAS = (
    DemoCamera("Harbour", "A synthetic camera", "test:1"),
    DemoCamera("Wind farm", "A synthetic camera", "test:2"),
    DemoCamera("Workshop", "A synthetic camera", "test:3"),
)


def main(config: Config, *, keep_data: bool) -> None:
    """Serve the demo until SIGINT or SIGTERM.

    keep_data: use the data directory of `config`; else a temporary one that is removed at the end

    Raises:
        StartError: a port is in use, OpenCV is missing and so on.
    """
    run_until_signal(partial(_serve, config, keep_data))


async def _serve(
    config: Config, keep_data: bool, stop: trio.Event, *, task_status: trio.TaskStatus[Addresses]
) -> None:
    # In here no signal ends the process before the directory is gone.
    with _data_dir(config, keep_data) as data_dir:
        # Without a directory of its own the demo has no business in anybody's database.
        database = config.database if keep_data else None
        config = replace(config, data_dir=data_dir, database=database)
        await serve_demo(config, stop, task_status=task_status)


@contextmanager
def _data_dir(config: Config, keep_data: bool) -> Iterator[Path]:
    if keep_data:
        yield config.data_dir
    else:
        with tempfile.TemporaryDirectory(prefix="camserve-demo-") as directory:
            yield Path(directory)


async def serve_demo(
    config: Config,
    stop: trio.Event,
    *,
    task_status: trio.TaskStatus[Addresses] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve with the demo's cameras until `stop` is set.

    Raises:
        StartError: before it was ready.
    """
    try:
        sources = [
            parse_source(camera.source, SourceOptions(FPS, WIDTH, HEIGHT)) for camera in CAMERAS
        ]
        cameras = await trio.to_thread.run_sync(_register, config)
    except RegistryError as error:
        raise StartError(str(error), is_misuse=error.is_misuse) from error
    except MissingOpenCVError as error:
        raise StartError(str(error)) from error
    # Real cameras on the network must not find it: it would refuse them, and they would give up.
    config = replace(config, announce=False)
    stop_server = trio.Event()
    async with trio.open_nursery() as nursery:
        addresses = await nursery.start(serve, config, stop_server)
        context = trusting(config)
        async with trio.open_nursery() as publishers:
            for (camera, token), source in zip(cameras, sources, strict=True):
                publishers.start_soon(_publish, camera, token, source, addresses.cameras, context)
            task_status.started(addresses)
            await stop.wait()
            publishers.cancel_scope.cancel()
        stop_server.set()


def _register(config: Config) -> list[tuple[Camera, str]]:
    """The demo's cameras and their tokens; what an earlier demo left is taken as it is."""
    registry = Registry.open(config.database_url)
    try:
        tokens = Tokens(load_secret(config.data_dir, config.secret), config.camera_token_secret)
        known = {camera.name: camera for camera in registry.cameras()}
        cameras = [
            known.get(demo.name) or registry.add(demo.name, description=demo.description)
            for demo in CAMERAS
        ]
        return [(camera, tokens.token(camera)) for camera in cameras]
    finally:
        registry.close()


async def _publish(
    camera: Camera, token: str, source: Source, url: str, context: ssl.SSLContext | None
) -> None:
    try:
        await publish(source, server_url=url, camera_id=camera.id, token=token, ssl_context=context)
    except Refused as refused:
        # Somebody removed the camera or rotated its token while the demo runs.
        log.warning("the demo's camera %d was refused: %s", camera.id, refused)
