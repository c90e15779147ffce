"""`/cameras/{id}/snapshot.jpg`: one frame, as fresh as the query asks for."""

import trio
from quart import Blueprint, Response, request

from camserve.relay import Frame, Hub, State, Subscription, Viewer
from camserve.scaling import UndecodableError

from .answers import NO_STORE, AnswerError, jpeg_answer, no_picture
from .freshness import Decision, Freshness, Question
from .requested import path_camera, seconds, sequence_number, width
from .site import site

MAX_WAIT = 60.0  # seconds; proxies between us and the viewer rarely wait longer

snapshot = Blueprint("snapshot", __name__)


@snapshot.get("/cameras/<camera_id>/snapshot.jpg")
async def snapshot_jpg(camera_id: str) -> Response:
    camera = path_camera(camera_id)
    wanted = Freshness(seconds("max_age"), sequence_number("after"), seconds("wait", MAX_WAIT))
    pixels = width()
    hub, scaler = site().hub, site().scaler
    hub.glimpsed(camera.id)
    question = Question(wanted, hub.latest(camera.id))
    deadline = trio.current_time() + wanted.longest_wait
    while True:
        frame = await fresh_frame(hub, camera.id, question, deadline)
        if request.if_none_match.contains_weak(str(frame.sequence)):
            return _not_modified(frame, hub.age(frame))
        try:
            shown = frame if pixels is None else await scaler.scaled(frame, pixels)
        except UndecodableError:
            question.refuse(frame)
            continue
        # Scaling takes its time, in which a frame may become too old.
        age = hub.age(frame)
        if question.accepts(frame, age):
            hub.traffic(camera.id).showed("snapshot", len(shown.jpeg), age)
            return jpeg_answer(shown.jpeg, _headers(frame, age))


async def fresh_frame(hub: Hub, camera_id: int, question: Question, deadline: float) -> Frame:
    """Wait until the camera's latest frame answers the question.

    deadline: on Trio's clock; a frame that is there already is given out after it, too

    Raises:
        AnswerError: 503 when the camera is offline or goes offline, has never sent a frame, or
            will send none; 504 when there is no such frame in time.
    """
    frame = _acceptable(hub, camera_id, question)
    if frame is not None:
        await trio.lowlevel.checkpoint()
        return frame
    follows = True
    with (
        trio.move_on_at(deadline),
        # A camera that sends previews only has to hear of whoever waits, however long that is.
        hub.watched(camera_id, Viewer("snapshot")),
        hub.subscribe(camera_id) as frames,
    ):
        while frame is None and follows:
            follows = await _frame_follows(hub, camera_id, frames)
            frame = _acceptable(hub, camera_id, question)
    # Deadline and frame may have come together.
    frame = frame or _acceptable(hub, camera_id, question)
    if frame is not None:
        return frame
    if not follows:
        raise no_picture(f"Camera {camera_id} sends no more pictures")
    if hub.latest(camera_id) is None:
        raise _never_seen(camera_id)
    raise AnswerError(504, f"Camera {camera_id} sent no picture in time that is new enough")


def _acceptable(hub: Hub, camera_id: int, question: Question) -> Frame | None:
    """The latest frame if it answers the question; None: wait for another.

    Raises:
        AnswerError: 503, waiting is of no use.
    """
    latest = hub.latest(camera_id)
    age = 0.0 if latest is None else hub.age(latest)
    decision = question.decide(latest, age, hub.state(camera_id))
    if decision is Decision.OFFLINE:
        raise no_picture(f"Camera {camera_id} is offline")
    if decision is Decision.NEVER_SEEN:
        raise _never_seen(camera_id)
    return latest if decision is Decision.SHOW else None


async def _frame_follows(hub: Hub, camera_id: int, frames: Subscription) -> bool:
    """Wait for a frame, or for the camera to go offline. False: no frame will follow."""
    follows = True
    async with trio.open_nursery() as nursery:

        async def watch_state() -> None:
            # No checkpoint between looking and waiting: no change is missed.
            while hub.state(camera_id) is not State.OFFLINE:
                await hub.wait_status_change(camera_id)
            nursery.cancel_scope.cancel()

        nursery.start_soon(watch_state)
        try:
            await frames.receive()
        except trio.EndOfChannel:
            follows = False
        nursery.cancel_scope.cancel()
    return follows


def _never_seen(camera_id: int) -> AnswerError:
    return no_picture(f"Camera {camera_id} has sent no picture yet")


def _headers(frame: Frame, age: float) -> dict[str, str]:
    return {
        "ETag": f'"{frame.sequence}"',
        "X-Timestamp": f"{frame.arrived_at:.6f}",
        "X-Frame-Age": f"{age:.6f}",
        "X-Frame-Sequence": str(frame.sequence),
    }


def _not_modified(frame: Frame, age: float) -> Response:
    answer = Response(b"", status=304, headers={"Cache-Control": NO_STORE, **_headers(frame, age)})
    # They would speak of the picture, not of this empty answer (RFC 9110, section 8.6).
    del answer.headers["Content-Length"], answer.headers["Content-Type"]
    return answer
