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
from dataclasses import asdict
from functools import partial
from types import MappingProxyType

import trio

from camclient.sources import InvalidSourceError
from camserve.address import Addresses, is_loopback, published
from camserve.announce import announce
from camserve.changes import obey
from camserve.components import Components, camera_limits, connection_limits
from camserve.config import Config
from camserve.credentials import Credentials, CredentialsError
from camserve.ingest import Ingest
from camserve.inspecting import Inspecting
from camserve.listening import HTTP, INGEST, Sockets, handed_over, listening, settled
from camserve.local_camera import LocalCamera, local_camera
from camserve.net.admission import Admission
from camserve.net.listen import bound_port, serve_connections
from camserve.refusals import RefusalLog
from camserve.registry import Catalogue, Registry, RegistryError, Tokens, load_secret
from camserve.relay import Hub
from camserve.reload import Reload
from camserve.running import Serving, StartError, run_until_signal
from camserve.securing import addresses as addresses_of
from camserve.securing import configured_certificate, name_in_certificate
from camserve.web import Frontend, Proxies
from camserve.wire import INGEST_PATH

__all__ = ["StartError", "main", "serve"]

log = logging.getLogger(__name__)

GRACE = 3.0  # seconds that connections have to finish; SIGTERM to exit has to stay below 5


def main(config: Config, reload: Reload) -> None:
    """Serve until SIGINT or SIGTERM; SIGHUP is what `reload` is for.

    Raises:
        StartError: a port is in use, the database is damaged and so on.
    """
    run_until_signal(partial(serve, config, sockets=handed_over()), reload)


async def serve(
    config: Config,
    stop: trio.Event,
    *,
    sockets: Sockets = MappingProxyType({}),
    task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serve until `stop` is set, then end everything properly within five seconds.

    Reports the addresses when it is ready. Cancelled, it cuts everything.

    sockets: to listen on, by purpose (HTTP, INGEST), instead of those that the settings name

    Raises:
        StartError: before it was ready.
    """
    config = settled(config, sockets)
    certificate = configured_certificate(config)
    async with (
        _opened_registry(config) as registry,
        listening(
            config.effective_ingest_host, config.ingest_port, sockets.get(INGEST, ()), "ingest-"
        ) as ingest_listeners,
        listening(config.host, config.port, sockets.get(HTTP, ()), "") as web_listeners,
    ):
        catalogue, secret = await _cameras(config, registry)
        tokens = Tokens(secret, config.camera_token_secret)
        credentials = await _credentials(config, catalogue, secret)
        refusals = RefusalLog()
        admission = Admission(connection_limits(config), refusals=refusals)
        credentials.trust.on_wrong_proof(
            partial(refusals.write, "wrong proofs", "%s showed a wrong password, token or link")
        )
        hub = Hub(stale_after=config.stale_after, limits=camera_limits(config))
        catalogue.on_change(partial(obey, hub))
        ingest = Ingest(
            hub=hub,
            catalogue=catalogue,
            tokens=tokens,
            max_frame_bytes=config.max_frame_bytes,
            max_head_bytes=config.max_header_bytes,
            handshake_timeout=config.handshake_timeout,
            publisher_timeout=config.publisher_timeout,
            refusals=refusals,
        )
        inspecting = Inspecting(
            hub=hub,
            catalogue=catalogue,
            admission=admission,
            trust=credentials.trust,
            ingest=ingest,
            is_stopping=stop.is_set,
        )
        camera = _local_camera(config)
        addresses = addresses_of(
            config, port=bound_port(web_listeners), ingest_port=bound_port(ingest_listeners)
        )
        frontend = Frontend(
            hub=hub,
            catalogue=catalogue,
            tokens=tokens,
            trust=credentials.trust,
            inspection=inspecting.answers,
            share=partial(credentials.share, config.public_url or addresses.watch),
            max_frame_bytes=config.max_frame_bytes,
            max_head_bytes=config.max_header_bytes,
            max_body_bytes=config.max_body_bytes,
            ingest=(INGEST_PATH, ingest.serve),
            cameras_url=addresses.cameras.removesuffix(INGEST_PATH),
            proxies=Proxies(config.trusted_proxies, config.root_path),
            public_url=config.public_url,
            local_camera=None if camera is None else camera.take,
        )
        parts = Components(
            credentials, catalogue, admission, hub, ingest, frontend, addresses.watch
        )
        stopping = trio.Event()
        accept = partial(
            serve_connections,
            stop=stopping,
            grace=GRACE,
            stall_timeout=config.stalled_viewer_timeout,
            certificate=certificate,
            admission=admission,
        )
        async with trio.open_nursery() as nursery:
            nursery.start_soon(refusals.run)
            nursery.start_soon(inspecting.run)
            await nursery.start(catalogue.watch)
            await nursery.start(credentials.watch)
            if certificate is not None:
                await nursery.start(certificate.watch)
            await nursery.start(frontend.run)
            if camera is not None:
                nursery.start_soon(camera.run)
            if config.announce and not is_loopback(config.effective_ingest_host):
                name = None if certificate is None else name_in_certificate(config, certificate)
                nursery.start_soon(announce, ingest_listeners, stop, certificate is not None, name)
            async with trio.open_nursery() as connections:
                await connections.start(accept, ingest.serve, ingest_listeners)
                await connections.start(accept, frontend.serve, web_listeners)
                inspecting.started()
                with _announced(config, addresses, is_open=credentials.trust.is_open):
                    task_status.started(
                        Serving(**asdict(addresses), apply=parts.apply, describe=parts.describe)
                    )
                    await stop.wait()
                stopping.set()
                ingest.stop()
                hub.close()
                await frontend.stop()
            nursery.cancel_scope.cancel()


@asynccontextmanager
async def _opened_registry(config: Config) -> AsyncIterator[Registry]:
    try:
        registry = await trio.to_thread.run_sync(Registry.open, config.database_url)
    except RegistryError as error:
        raise StartError(str(error), is_misuse=error.is_misuse) from error
    try:
        yield registry
    finally:
        registry.close()


async def _cameras(config: Config, registry: Registry) -> tuple[Catalogue, bytes]:
    catalogue = Catalogue(registry)
    try:
        await catalogue.refresh()
        secret = await trio.to_thread.run_sync(load_secret, config.data_dir, config.secret)
    except RegistryError as error:
        raise StartError(str(error)) from error
    return catalogue, secret


async def _credentials(config: Config, catalogue: Catalogue, secret: bytes) -> Credentials:
    try:
        return await Credentials.open(config, catalogue, secret)
    except CredentialsError as error:
        raise StartError(str(error)) from error


def _local_camera(config: Config) -> LocalCamera | None:
    if config.local_camera is None:
        return None
    try:
        return local_camera(config.local_camera)
    except InvalidSourceError as error:
        raise StartError(str(error)) from error


@contextmanager
def _announced(config: Config, addresses: Addresses, *, is_open: bool) -> Iterator[None]:
    """Say who can reach this server, and leave its addresses for other commands.

    is_open: whether everybody may watch
    """
    if is_loopback(config.effective_ingest_host):
        log.info(
            "cameras on other machines cannot reach this server yet; --host 0.0.0.0 lets them in"
        )
    if is_open and (not is_loopback(config.host) or config.public_url is not None):
        log.warning(
            "no viewer password is set: whoever reaches this server can watch and move cameras; "
            "--viewer-password-file lets in only who knows the password"
        )
    with ExitStack() as stack:
        try:
            stack.enter_context(published(config.data_dir, addresses))
        except OSError as error:
            raise StartError(f"cannot write to {config.data_dir}: {error.strerror}") from error
        yield
