"""Old routes that tell about the server: a greeting and the list of cameras."""

import base64
from datetime import UTC, datetime

from quart import Blueprint, Response

from camserve.registry import Camera
from camserve.relay import Frame

from .answers import json_answer
from .requested import parameter
from .site import site

listing = Blueprint("listing", __name__)


def iso_time(frame: Frame | None) -> str | None:
    """When the frame arrived: ISO 8601, UTC with Z; None for no frame."""
    if frame is None:
        return None
    moment = datetime.fromtimestamp(frame.arrived_at, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@listing.get("/hello")
async def hello() -> Response:
    return json_answer({"message": "Hello World!"})


@listing.get("/list")
async def list_cameras() -> Response:
    with_preview = parameter("preview") != "0"
    return json_answer([_entry(camera, with_preview) for camera in site().catalogue.cameras()])


def _entry(camera: Camera, with_preview: bool) -> dict[str, object]:
    frame = site().hub.latest(camera.id)
    return {
        "id": camera.id,
        "name": camera.name,
        "description": camera.description,
        "lastActive": iso_time(frame),
        "preview": frame.shared(_preview).decode() if frame and with_preview else "",
        "state": site().hub.state(camera.id).value,
    }


def _preview(frame: Frame) -> bytes:
    return base64.b64encode(frame.jpeg)
