"""Old routes that tell about the server: a greeting and the list of cameras."""

from quart import Blueprint, Response

from camserve.registry import Camera

from .answers import base64_jpeg, json_answer
from .requested import parameter
from .site import site
from .times import iso_time

listing = Blueprint("listing", __name__)


@listing.get("/hello")
async def hello() -> Response:
    return json_answer({"message": "Hello World!"})


@listing.get("/list")
async def list_cameras() -> Response:
    with_preview = parameter("preview") != "0"
    return json_answer([_entry(camera, with_preview) for camera in site().catalogue.cameras()])


def _entry(camera: Camera, with_preview: bool) -> dict[str, object]:
    hub = site().hub
    if with_preview:
        hub.glimpsed(camera.id)
    frame = hub.latest(camera.id)
    return {
        "id": camera.id,
        "name": camera.name,
        "description": camera.description,
        "lastActive": iso_time(frame),
        "preview": frame.shared(base64_jpeg).decode() if frame and with_preview else "",
        "state": hub.state(camera.id).value,
    }
