"""A whole publisher: a source on one side, a server on the other."""

import logging
import ssl
from typing import NoReturn

import trio

from camclient.capture import capture
from camclient.endpoint import parse_endpoint
from camclient.failures import Refused
from camclient.latest import LatestSlot
from camclient.push import MessageHandler, Progress, Target, push
from camclient.reconnect import keep_pushing
from camclient.sources.source import Capture, Source
from camserve.wire import BackChannelEvent, ClientConnection, MoveReceived

DEFAULT_QUALITY = 80  # JPEG: above it files grow fast and nobody sees why

log = logging.getLogger(__name__)


def log_message(message: BackChannelEvent) -> None:
    """Only tell of what the server wants. A hand on a joystick moves many times in a second."""
    log.log(logging.DEBUG if isinstance(message, MoveReceived) else logging.INFO, "%s", message)


async def publish(
    source: Source,
    *,
    server_url: str,
    camera_id: int,
    token: str,
    quality: int = DEFAULT_QUALITY,
    handle_message: MessageHandler = log_message,
    ssl_context: ssl.SSLContext | None = None,
) -> NoReturn:
    """Push the source's pictures until cancelled; faults on both sides are logged and outlived.

    Cancelled: the connection is closed at once and the source is released, within a second; see
    `camclient.capture.thread_is_stuck` for one that hangs in its driver.

    Args:
        source: not open yet; see `camclient.sources.parse_source`.
        server_url: `ws://host:port` or `wss://...`; without a path it means the ingest path.
        quality: of the JPEGs, 1 to 100.
        handle_message: takes what the server wants, on the event loop; must not block.

    Raises:
        Refused: the server does not know this camera or this token. The message is its reason.
        ValueError: the URL is none.
        LocalProtocolError: no server would take such an id or token.
    """
    target = Target(parse_endpoint(server_url), camera_id, token, quality, ssl_context)
    ClientConnection().send_hello(camera_id, token)  # raises now, not at every connection
    slot = LatestSlot[Capture]()

    async def attempt(progress: Progress) -> NoReturn:
        await push(target, slot, progress=progress, handle_message=handle_message)

    refused: Refused | None = None
    async with trio.open_nursery() as nursery:
        nursery.start_soon(capture, source, slot)
        try:
            await keep_pushing(attempt, where=str(target.endpoint))
        except Refused as error:
            refused = error
            nursery.cancel_scope.cancel()
    assert refused is not None  # keep_pushing() never returns
    raise refused
