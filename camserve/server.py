"""The one nursery in which everything runs, from the first bind to the last close.

Theory of operation. `serve` opens what has to be open before anyone is served (database, secret,
listening sockets), so that every reason not to start is found before anything has started. Then, in
one nursery: the catalogue follows the database, ingest takes cameras, the web takes viewers.

It stops in the direction in which frames flow, each step ending what feeds the next:

1. nothing more is accepted, publishers are closed;
2. the hub closes: every stream ends properly after its last frame;
3. connections have `GRACE` seconds to finish; whatever is still stuck then is cut, because every
   send has a deadline in camserve.net.stream, below hypercorn's shield;
4. the database.

A second list of tasks is not kept anywhere: who is not in the nursery is not running.
"""

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from functools import partial

import trio

from camclient.sources import InvalidSourceError
from camserve.address import Addresses, is_loopback, published, reachable_host, url_host
from camserve.announce import announce
from camserve.config import Config
from camserve.ingest import Ingest
from camserve.local_camera import LocalCamera, local_camera
from camserve.net.listen import ListenError, bound_port, open_listeners, serve_connections
from camserve.registry import Camera, Catalogue, Registry, RegistryError, Tokens, load_secret
from camserve.relay import Ending, Hub
from camserve.running import StartError, run_until_signal
from camserve.web import Frontend
from camserve.wire import INGEST_PATH

__all__ = ["StartError", "main", "serve"]

log = logging.getLogger(__name__)

GRACE = 3.0  # seconds that connections have to finish; SIGTERM to exit has to stay below 5


def main(config: Config) -> None:
    """Serve until SIGINT or SIGTERM.

    Raises:
        StartError: a port is in use, the database is damaged and so on.
    """
    run_until_signal(partial(serve, config))


async def serve(
    config: Config,
    stop: trio.Event,
    *,
    task_status: trio.TaskStatus[Addresses] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stop` is set, then end everything properly within five seconds.

    Reports the addresses when it is ready. Cancelled, it cuts everything.

    Raises:
        StartError: before it was ready.
    """
    async with (
        _opened_registry(config) as registry,
        _listening(config.effective_ingest_host, config.ingest_port, "ingest-") as ingest_listeners,
        _listening(config.host, config.port, "") as web_listeners,
    ):
        catalogue, tokens = await _cameras(config, registry)
        hub = Hub(stale_after=config.stale_after)
        catalogue.on_change(partial(_obey, hub))
        ingest = Ingest(
            hub=hub,
            catalogue=catalogue,
            tokens=tokens,
            max_frame_bytes=config.max_frame_bytes,
            handshake_timeout=config.handshake_timeout,
            publisher_timeout=config.publisher_timeout,
        )
        camera = _local_camera(config)
        frontend = Frontend(
            hub=hub,
            catalogue=catalogue,
            tokens=tokens,
            max_frame_bytes=config.max_frame_bytes,
            ingest=(INGEST_PATH, ingest.serve),
            admin_token=config.admin_token,
            local_camera=None if camera is None else camera.take,
        )
        addresses = Addresses(
            watch=f"http://{_reachable(config.host)}:{bound_port(web_listeners)}/",
            cameras=f"ws://{_reachable(config.effective_ingest_host)}"
            f":{bound_port(ingest_listeners)}{INGEST_PATH}",
        )
        stopping = trio.Event()
        accept = partial(
            serve_connections,
            stop=stopping,
            grace=GRACE,
            stall_timeout=config.stalled_viewer_timeout,
        )
        async with trio.open_nursery() as nursery:
            await nursery.start(catalogue.watch)
            await nursery.start(frontend.run)
            if camera is not None:
                nursery.start_soon(camera.run)
            if config.announce and not is_loopback(config.effective_ingest_host):
                nursery.start_soon(announce, ingest_listeners, stop)
            async with trio.open_nursery() as connections:
                await connections.start(accept, ingest.serve, ingest_listeners)
                await connections.start(accept, frontend.serve, web_listeners)
                with _announced(config, addresses):
                    task_status.started(addresses)
                    await stop.wait()
                stopping.set()
                ingest.stop()
                hub.close()
                await frontend.stop()
            nursery.cancel_scope.cancel()


def _obey(hub: Hub, before: Camera | None, after: Camera | None) -> None:
    """What the registry now says takes effect on the connections that exist."""
    if after is None:
        if before is not None:
            hub.remove(before.id)
        return
    if before is not None and before.token_generation != after.token_generation:
        hub.end_publisher(after.id, Ending.ROTATED)
    hub.note_status_change(after.id)


@asynccontextmanager
async def _opened_registry(config: Config) -> AsyncIterator[Registry]:
    try:
        registry = await trio.to_thread.run_sync(Registry.open, config.database_url)
    except RegistryError as error:
        raise StartError(str(error)) from error
    try:
        yield registry
    finally:
        registry.close()


async def _cameras(config: Config, registry: Registry) -> tuple[Catalogue, Tokens]:
    catalogue = Catalogue(registry)
    try:
        await catalogue.refresh()
        secret = await trio.to_thread.run_sync(load_secret, config.data_dir, config.secret)
    except RegistryError as error:
        raise StartError(str(error)) from error
    return catalogue, Tokens(secret, config.camera_token_secret)


def _local_camera(config: Config) -> LocalCamera | None:
    if config.local_camera is None:
        return None
    try:
        return local_camera(config.local_camera)
    except InvalidSourceError as error:
        raise StartError(str(error)) from error


@asynccontextmanager
async def _listening(
    host: str, port: int, options: str
) -> AsyncIterator[list[trio.SocketListener]]:
    try:
        listeners = await open_listeners(host, port)
    except ListenError as error:
        raise StartError(f"{error} (see --{options}host and --{options}port)") from error
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.socket.close()


def _reachable(host: str) -> str:
    return url_host(reachable_host(host))


@contextmanager
def _announced(config: Config, addresses: Addresses) -> Iterator[None]:
    """Say who can reach this server, and leave its addresses for other commands."""
    if is_loopback(config.effective_ingest_host):
        log.info(
            "cameras on other machines cannot reach this server yet; --host 0.0.0.0 lets them in"
        )
    if not is_loopback(config.host):
        log.warning(
            "no viewer password is set: whoever reaches this server can watch and move cameras"
        )
    with ExitStack() as stack:
        try:
            stack.enter_context(published(config.data_dir, addresses))
        except OSError as error:
            raise StartError(f"cannot write to {config.data_dir}: {error.strerror}") from error
        yield
