"""What all running streams over HTTP have in common: how they begin and how they are sent."""

from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import cast

import trio
from quart import Response, request

from camserve.net.life import Life
from camserve.net.stream import ConnectionStream
from camserve.registry import Camera
from camserve.relay import CameraFullError, Hub, Viewer
from camserve.scaling.picture import require_opencv

from .answers import AnswerError, no_picture, stream_headers
from .encoding import Encoding, chunked
from .fanouts import Fanouts, Wanted
from .seat import Seat
from .site import site
from .thinning import Thinner
from .visitor import visitor
from .watching import watching

RETRY_AFTER_FULL = 10  # seconds; viewers stay for longer than cameras need to start
FIRST_FRAME_TIMEOUT = 5.0  # seconds that a stream waits for a camera's very first frame
#: In the extensions of the ASGI scope: the connection under a request whose answer may be
#: written to it directly.
CONNECTION = "camserve.connection"


class StreamKind:
    """A kind of stream over HTTP. Made once at import."""

    def __init__(self, content_type: str, encoding: Encoding) -> None:
        self.content_type = content_type
        self.encoding = encoding
        self.chunked = chunked(encoding)


async def stream(
    camera: Camera,
    kind: StreamKind,
    *,
    fps: float | None = None,
    width: int | None = None,
    thinner: Thinner | None = None,
) -> Response:
    """An endless answer that begins with the latest frame. HEAD gets the headers only.

    fps: most frames per second, evenly spread
    width: pixels; frames are made smaller, once for all who want this width
    thinner: how the frames are spread instead, if there is another rule for it

    Raises:
        AnswerError: 503 when the camera sends no first frame in time, or has too many viewers; 505
            over HTTP/2, where hypercorn has no back-pressure and a stalled viewer would fill the
            memory.
        ScalingUnavailableError: a width is wanted and OpenCV is not installed.
    """
    if request.http_version not in {"1.0", "1.1"}:
        raise AnswerError(505, "Streams are served over HTTP/1.1 only")
    if width is not None:
        require_opencv()
    headers = stream_headers()
    if request.method == "HEAD":
        answer = Response(b"", content_type=kind.content_type, headers=headers)
        del answer.headers["Content-Length"]  # a stream has none
        return answer
    try:
        visitor().stay.enter_context(site().hub.place(camera.id))
    except CameraFullError as error:
        raise AnswerError(503, str(error), {"Retry-After": str(RETRY_AFTER_FULL)}) from error
    viewer = Viewer(kind.encoding.kind, fps, width)
    await _wait_for_first_frame(camera, viewer)
    if thinner is None and fps is not None:
        thinner = Thinner.at_most(fps)
    body = _body(site().hub, site().fanouts, camera.id, kind, Seat(viewer, thinner))
    answer = Response(body, content_type=kind.content_type, headers=headers)
    answer.timeout = None  # Quart would cut it after 60 s
    return answer


async def _wait_for_first_frame(camera: Camera, viewer: Viewer) -> None:
    if site().hub.latest(camera.id) is not None:
        return
    with (
        site().hub.watched(camera.id, viewer),
        site().hub.subscribe(camera.id) as subscription,
        trio.move_on_after(FIRST_FRAME_TIMEOUT),
        suppress(trio.EndOfChannel),
    ):
        await subscription.receive()
        return
    raise no_picture(f"Camera {camera.id} has sent no picture yet")


def _body(
    hub: Hub, fanouts: Fanouts, camera_id: int, kind: StreamKind, seat: Seat
) -> AsyncGenerator[bytes, None]:
    # Nothing is joined before the body is asked for its first piece: an answer that is never sent
    # leaves nothing behind.
    connection = cast(dict[str, object], request.scope["extensions"]).get(CONNECTION)
    width = seat.viewer.width
    if not isinstance(connection, ConnectionStream):
        life = visitor().connection.life
        return _in_pieces(hub, fanouts, Wanted(camera_id, width, kind.encoding), seat, life)
    return _directly(hub, fanouts, Wanted(camera_id, width, kind.chunked), seat, connection)


async def _in_pieces(
    hub: Hub, fanouts: Fanouts, wanted: Wanted, seat: Seat, life: Life
) -> AsyncGenerator[bytes, None]:
    """The body as Quart and hypercorn send it: always right, at ten times the cost."""
    with (
        watching(hub, life, wanted.camera_id, seat.viewer),
        fanouts.joined(wanted) as fanout,
    ):
        parts = fanout.parts(seat)
        try:
            async for part in parts:
                yield part
        finally:
            await parts.aclose()


async def _directly(
    hub: Hub, fanouts: Fanouts, wanted: Wanted, seat: Seat, connection: ConnectionStream
) -> AsyncGenerator[bytes, None]:
    """An empty body: hypercorn has sent the headers, and the chunks go past it.

    When this ends, hypercorn sends the last chunk, and the connection can be used again.
    """
    with (
        watching(hub, connection.life, wanted.camera_id, seat.viewer),
        fanouts.joined(wanted) as fanout,
        suppress(trio.BrokenResourceError, trio.ClosedResourceError),
    ):
        await fanout.serve(seat, connection)
    yield b""
