"""What all running streams over HTTP have in common: how they begin and how they are sent."""

from collections.abc import AsyncGenerator, Callable

import trio
from quart import Response, request

from camserve.registry import Camera
from camserve.relay import Subscription

from .answers import AnswerError, no_picture, stream_headers
from .site import Site, site

FIRST_FRAME_TIMEOUT = 5.0  # seconds that a stream waits for a camera's very first frame

Encoder = Callable[[Subscription], AsyncGenerator[bytes, None]]


async def stream(camera: Camera, content_type: str, encode: Encoder) -> Response:
    """An endless answer, made by `encode` from a subscription of its own.

    It begins with the latest frame. HEAD gets the headers only.

    Raises:
        AnswerError: 503 when the camera sends no first frame in time; 505 over HTTP/2, where
            hypercorn has no back-pressure and a stalled viewer would fill the memory.
    """
    if request.http_version not in {"1.0", "1.1"}:
        raise AnswerError(505, "Streams are served over HTTP/1.1 only")
    if request.method == "HEAD":
        answer = Response(b"", content_type=content_type, headers=stream_headers())
        del answer.headers["Content-Length"]  # a stream has none
        return answer
    await _wait_for_first_frame(camera)
    answer = Response(
        _subscribed(site(), camera.id, encode),
        content_type=content_type,
        headers=stream_headers(),
    )
    answer.timeout = None  # Quart would cut it after 60 s
    return answer


async def _wait_for_first_frame(camera: Camera) -> None:
    if site().hub.latest(camera.id) is not None:
        return
    with (
        site().hub.subscribe(camera.id) as subscription,
        trio.move_on_after(FIRST_FRAME_TIMEOUT),
    ):
        try:
            await subscription.receive()
        except trio.EndOfChannel:
            pass
        else:
            return
    raise no_picture(f"Camera {camera.id} has sent no picture yet")


async def _subscribed(
    watched: Site, camera_id: int, encode: Encoder
) -> AsyncGenerator[bytes, None]:
    # Subscribed here and not before: a generator that never starts leaves nothing behind. Quart's
    # context is no longer there when it runs, and the camera may not be either: nobody would end
    # a subscription that came after its removal.
    if watched.catalogue.get(camera_id) is None:
        return
    with watched.hub.subscribe(camera_id) as subscription:
        parts = encode(subscription)
        try:
            async for part in parts:
                yield part
        finally:
            await parts.aclose()
