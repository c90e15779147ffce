"""`/cameras/{id}/snapshot.jpg`: the latest frame, with its age."""

from quart import Blueprint, Response, request

from camserve.relay import State

from .answers import NO_STORE, jpeg_answer, no_picture
from .requested import path_camera
from .site import site

snapshot = Blueprint("snapshot", __name__)


@snapshot.get("/cameras/<camera_id>/snapshot.jpg")
async def snapshot_jpg(camera_id: str) -> Response:
    camera = path_camera(camera_id)
    hub = site().hub
    frame = hub.latest(camera.id)
    if frame is None:
        raise no_picture(f"Camera {camera.id} has sent no picture yet")
    if hub.state(camera.id) is State.OFFLINE:
        raise no_picture(f"Camera {camera.id} is offline")
    headers = {
        "ETag": f'"{frame.sequence}"',
        "X-Timestamp": f"{frame.arrived_at:.6f}",
        "X-Frame-Age": f"{hub.age(frame):.3f}",
        "X-Frame-Sequence": str(frame.sequence),
    }
    if request.if_none_match.contains_weak(str(frame.sequence)):
        return Response(b"", status=304, headers={"Cache-Control": NO_STORE, **headers})
    return jpeg_answer(frame.jpeg, headers)
