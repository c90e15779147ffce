"""`/cameras/{id}/stream.mjpg`: motion JPEG as browsers, printers' tools and players read it."""

from quart import Blueprint, Response

from camserve.relay import Frame

from .encoding import Encoding
from .requested import fps, path_camera, width
from .streams import StreamKind, stream

BOUNDARY = "camserveframe"  # Some tools cut it at 10 characters or trip over quotes.

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


KIND = StreamKind(
    f"multipart/x-mixed-replace; boundary={BOUNDARY}",
    Encoding(
        kind="mjpeg",
        frame=part,
        first_repeat=FIRST_REPEAT,
        next_repeats=NEXT_REPEATS,
        closing=f"--{BOUNDARY}--\r\n".encode(),
    ),
)


@mjpeg.get("/cameras/<camera_id>/stream.mjpg")
async def stream_mjpg(camera_id: str) -> Response:
    return await stream(path_camera(camera_id), KIND, fps=fps(), width=width())
