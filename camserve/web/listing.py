"""Old routes that tell about the server: a greeting and the list of cameras."""

from quart import Blueprint, Response

from camserve.registry import Camera

from .answers import base64_jpeg, json_answer
from .requested import parameter, visible_cameras
from .site import site
from .times import iso_time

listing = Blueprint("listing", __name__)


@listing.get("/hello")
async def hello() -> Response:
    return json_answer({"message": "Hello World!"})


@listing.get("/list")
async def list_cameras() -> Response:
    with_preview = parameter("preview") != "0"
    return json_answer([_entry(camera, with_preview) for camera in visible_cameras()])


def _entry(camera: Camera, with_preview: bool) -> dict[str, object]:
    hub = site().hub
    if with_preview:
        hub.glimpsed(camera.id)
    frame = hub.latest(camera.id)
    preview = frame.shared(base64_jpeg) if frame and with_preview else b""
    if frame and preview:
        hub.traffic(camera.id).showed("list", len(preview), hub.age(frame))
    return {
        "id": camera.id,
        "name": camera.name,
        "description": camera.description,
        "lastActive": iso_time(frame),
        "preview": preview.decode(),
        "state": hub.state(camera.id).value,
    }
