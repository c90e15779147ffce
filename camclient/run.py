"""A whole publisher: a source on one side, a server on the other."""

import logging
import ssl
from collections.abc import Callable
from typing import NoReturn

import trio

from camclient.capture import capture
from camclient.connection import MessageHandler, Progress
from camclient.endpoint import Target, parse_endpoint
from camclient.failures import Refused
from camclient.latest import LatestSlot
from camclient.locator import Fixed, LocatedProgress, Locator
from camclient.meter import Meter
from camclient.network import NetworkWatcher
from camclient.push import push
from camclient.rate import Bounds, Rate
from camclient.reconnect import keep_pushing
from camclient.sources.source import Capture, Source
from camserve.wire import BackChannelEvent, ClientConnection, MoveReceived, UpdateRequested

log = logging.getLogger(__name__)


def log_message(message: BackChannelEvent) -> None:
    """Only tell of what the server wants. A hand on a joystick moves many times in a second."""
    if isinstance(message, MoveReceived):
        log.debug("the server asks for a move to pitch %g, yaw %g", message.x, message.y)
    elif isinstance(message, UpdateRequested):
        log.info(
            "the server asks for an update; nothing is done (--on-update exit ends the program)"
        )


async def publish(
    source: Source,
    *,
    server_url: str | Locator,
    camera_id: int,
    token: str,
    bounds: Bounds | None = None,
    handle_message: MessageHandler = log_message,
    ssl_context: ssl.SSLContext | None = None,
    another: Callable[[], Source] | None = None,
    meter: Meter | None = None,
) -> NoReturn:
    """Push the source's pictures until cancelled; faults on both sides are logged and outlived.

    Cancelled: the connection is closed at once and the source is released, within a second; see
    `camclient.capture.thread_is_stuck` for one that hangs in its driver.

    Args:
        source: not open yet; see `camclient.sources.parse_source`.
        server_url: `ws://host:port` or `wss://...`; without a path it means the ingest path. Or
            who knows where the server is.
        bounds: of rate and quality.
        handle_message: takes what the server wants, on the event loop; must not block.
        another: makes one more such source, for when this one hangs in its driver.
        meter: is told of everything that happens.

    Raises:
        Refused: the server does not know this camera or this token. The message is its reason.
        ValueError: the URL is none.
        LocalProtocolError: no server would take such an id or token.
    """
    locator = Fixed(parse_endpoint(server_url)) if isinstance(server_url, str) else server_url
    ClientConnection().send_hello(camera_id, token)  # raises now, not at every connection
    slot = LatestSlot[Capture]()
    meter = meter or Meter()
    rate = Rate(bounds, meter)

    async def attempt(progress: Progress) -> NoReturn:
        target = Target(await locator.locate(), camera_id, token, ssl_context)
        try:
            await push(
                target,
                slot,
                rate=rate,
                progress=LocatedProgress(progress, locator),
                handle_message=handle_message,
                network=network,
            )
        except Refused as error:
            raise locator.refused(error) from error

    async def read() -> None:
        await capture(source, slot, pace=rate, another=another, captured=meter.frame_captured)

    refused: Refused | None = None
    with NetworkWatcher() as network:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read)
            try:
                await keep_pushing(attempt, where=locator, network=network)
            except Refused as error:
                refused = error
                nursery.cancel_scope.cancel()
    assert refused is not None  # keep_pushing() never returns
    raise refused
