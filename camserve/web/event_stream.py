"""`/stream-image`: the old server's event stream, byte for byte (WHATWG HTML, section 9.2)."""

import base64
from collections.abc import AsyncGenerator

import trio
from quart import Blueprint, Response

from camserve.relay import Frame, Subscription

from .requested import old_route_camera, update_delay
from .streams import stream

CONTENT_TYPE = "text/event-stream"
KEEP_ALIVE = 15.0  # seconds; proxies cut what is silent for longer, often after 30 to 60
COMMENT = b": no new picture\n\n"

event_stream = Blueprint("event_stream", __name__)


def event(frame: Frame) -> bytes:
    """One `image-update` event; made once per frame for all viewers."""
    picture = base64.b64encode(frame.jpeg)
    return b"".join((b"event: image-update\ndata: data:image/jpg;base64,", picture, b"\n\n"))


async def events(subscription: Subscription, delay: float) -> AsyncGenerator[bytes, None]:
    """An event for each frame, at least `delay` seconds apart, and comments in between.

    At the end the last frame follows at once.
    """
    next_at = -float("inf")
    while True:
        while await _is_early(subscription, next_at):
            yield COMMENT
        frame = None
        with trio.move_on_after(KEEP_ALIVE):
            try:
                frame = await subscription.receive()
            except trio.EndOfChannel:
                return
        if frame is None:
            yield COMMENT
        else:
            next_at = trio.current_time() + delay
            yield frame.shared(event)


async def _is_early(subscription: Subscription, next_at: float) -> bool:
    """Wait for `next_at`, but no longer than proxies bear; whether it is still to come."""
    left = next_at - trio.current_time()
    if left > 0:
        with trio.move_on_after(min(left, KEEP_ALIVE)):
            await subscription.wait_ended()
            return False
    return left > KEEP_ALIVE


@event_stream.get("/stream-image")
async def stream_image() -> Response:
    camera = old_route_camera()
    delay = update_delay()
    return await stream(camera, CONTENT_TYPE, lambda subscription: events(subscription, delay))
