"""Event streams (WHATWG HTML, section 9.2): the old server's, byte for byte, and a newer one."""

from quart import Blueprint, Response

from camserve.relay import Frame

from .answers import base64_jpeg
from .encoding import Encoding
from .requested import fps, old_route_camera, path_camera, update_delay, width
from .status import Status
from .streams import StreamKind, stream
from .thinning import Thinner

CONTENT_TYPE = "text/event-stream"
KEEP_ALIVE = 15.0  # seconds; proxies cut what is silent for longer, often after 30 to 60
COMMENT = b": no new picture\n\n"
RETRY = b"retry: 2000\n"  # milliseconds after which a browser connects again

old_events = Blueprint("old_events", __name__)
events = Blueprint("events", __name__)


def old_event(frame: Frame) -> bytes:
    """One `image-update` event; made once per frame for all viewers."""
    picture = frame.shared(base64_jpeg)
    return b"".join((b"event: image-update\ndata: data:image/jpg;base64,", picture, b"\n\n"))


def event(frame: Frame) -> bytes:
    """The same with the frame's sequence number as its id."""
    return b"id: %d\n%b" % (frame.sequence, old_event(frame))


def status_event(status: Status) -> bytes:
    return b"%bevent: status\ndata: %b\n\n" % (RETRY, status.json())


OLD = StreamKind(
    CONTENT_TYPE,
    Encoding(
        kind="stream-image",
        frame=old_event,
        first_repeat=KEEP_ALIVE,
        next_repeats=KEEP_ALIVE,
        filler=COMMENT,
    ),
)
NEW = StreamKind(
    CONTENT_TYPE,
    Encoding(
        kind="events",
        frame=event,
        first_repeat=KEEP_ALIVE,
        next_repeats=KEEP_ALIVE,
        filler=COMMENT,
        status=status_event,
    ),
)


@old_events.get("/stream-image")
async def stream_image() -> Response:
    camera = old_route_camera()
    delay = update_delay()
    if not delay:
        return await stream(camera, OLD)
    return await stream(camera, OLD, fps=1 / delay, thinner=Thinner.apart(delay))


@events.get("/cameras/<camera_id>/events")
async def camera_events(camera_id: str) -> Response:
    return await stream(path_camera(camera_id), NEW, fps=fps(), width=width())
