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
    """An event for each frame, at least `delay` seconds apart, and comments in between."""
    next_at = -float("inf")
    while True:
        await _sleep_until(next_at)
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


async def _sleep_until(moment: float) -> None:
    if moment > trio.current_time():
        await trio.sleep_until(moment)


@event_stream.get("/stream-image")
async def stream_image() -> Response:
    camera = old_route_camera()
    delay = update_delay()
    return await stream(camera, CONTENT_TYPE, lambda subscription: events(subscription, delay))
