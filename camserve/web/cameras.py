"""`/cameras` and `/cameras/{id}`: what is known of the cameras."""

from quart import Blueprint, Response

from camserve.registry import Camera
from camserve.relay import Viewer
from camserve.wire import jpeg_dimensions

from .answers import json_answer
from .requested import path_camera, visible_cameras
from .site import site
from .times import iso_time

cameras = Blueprint("cameras", __name__)


@cameras.get("/cameras")
async def all_cameras() -> Response:
    return json_answer([description(camera) for camera in visible_cameras()])


@cameras.get("/cameras/<camera_id>")
async def one_camera(camera_id: str) -> Response:
    return json_answer(details(path_camera(camera_id)))


def description(camera: Camera) -> dict[str, object]:
    hub = site().hub
    frame = hub.latest(camera.id)
    width, height = (frame and jpeg_dimensions(frame.jpeg)) or (None, None)
    rate = hub.rate(camera.id)
    return {
        "id": camera.id,
        "name": camera.name,
        "description": camera.description,
        "state": hub.state(camera.id).value,
        "last_active": iso_time(frame),
        "width": width,
        "height": height,
        "fps": round(rate.fps, 2),
        "bytes_per_second": round(rate.bytes_per_second),
        "viewers": len(hub.viewers(camera.id)),
        "controls": ["move"] if camera.movable else [],
    }


def details(camera: Camera) -> dict[str, object]:
    """What is known of one camera; longer than what the list of all says."""
    hub = site().hub
    return {
        **description(camera),
        "rejected": hub.traffic(camera.id).rejected,
        "streams": [books(viewer) for viewer in hub.viewers(camera.id)],
    }


def books(viewer: Viewer) -> dict[str, object]:
    """What one viewer asked for and got; nothing that says who it is."""
    return {
        "kind": viewer.kind,
        "fps": viewer.fps,
        "width": viewer.width,
        "sent": viewer.sent,
        "dropped": viewer.dropped,
        "age": None if viewer.age is None else round(viewer.age, 4),
    }
