"""`/cameras` and `/cameras/{id}`: what is known of the cameras."""

from quart import Blueprint, Response

from camserve.registry import Camera
from camserve.wire import jpeg_dimensions

from .answers import json_answer
from .listing import iso_time
from .requested import path_camera
from .site import site

cameras = Blueprint("cameras", __name__)


@cameras.get("/cameras")
async def all_cameras() -> Response:
    return json_answer([description(camera) for camera in site().catalogue.cameras()])


@cameras.get("/cameras/<camera_id>")
async def one_camera(camera_id: str) -> Response:
    return json_answer(description(path_camera(camera_id)))


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
        "viewers": hub.viewers(camera.id),
        "controls": ["move"] if camera.movable else [],
    }
