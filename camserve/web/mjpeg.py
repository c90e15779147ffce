"""`/cameras/{id}/stream.mjpg`: motion JPEG as browsers, printers' tools and players read it."""

from collections.abc import AsyncGenerator

import trio
from quart import Blueprint, Response

from camserve.relay import Frame, Subscription

from .requested import path_camera
from .streams import stream

BOUNDARY = "camserveframe"  # Some tools cut it at 10 characters or trip over quotes.
CONTENT_TYPE = f"multipart/x-mixed-replace; boundary={BOUNDARY}"

#: A browser shows a part only when the next one begins; so the last one is sent twice.
FIRST_REPEAT = 0.5  # seconds after the last new frame
#: Some tools end a stream after 10 s of silence.
NEXT_REPEATS = 5.0  # seconds

mjpeg = Blueprint("mjpeg", __name__)


def part(frame: Frame) -> bytes:
    """One part of the multipart body; everybody gets the same bytes object."""
    head = (
        f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(frame.jpeg)}\r\n"
        f"X-Timestamp: {frame.arrived_at:.6f}\r\n\r\n"
    )
    return b"".join((head.encode(), frame.jpeg, b"\r\n"))


async def parts(subscription: Subscription) -> AsyncGenerator[bytes, None]:
    """A part for each frame, and the last one again while the camera is silent."""
    latest = b""
    patience = float("inf")
    while True:
        frame = None
        with trio.move_on_after(patience):
            try:
                frame = await subscription.receive()
            except trio.EndOfChannel:
                break
        if frame is None:
            patience = NEXT_REPEATS
        else:
            latest = frame.shared(part)
            patience = FIRST_REPEAT
        yield latest
    yield f"--{BOUNDARY}--\r\n".encode()


@mjpeg.get("/cameras/<camera_id>/stream.mjpg")
async def stream_mjpg(camera_id: str) -> Response:
    return await stream(path_camera(camera_id), CONTENT_TYPE, parts)
