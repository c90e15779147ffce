"""`POST /update-image`: a picture by form, from scripts that open no WebSocket."""

from collections.abc import Mapping
from contextlib import AsyncExitStack

from quart import Blueprint, Response

from camserve.registry import Camera
from camserve.wire import trim_jpeg

from .answers import AnswerError
from .forms import read_form
from .request import body_is_wanted, let_body_in, upload_place
from .requested import integer
from .site import site
from .visitor import visitor

MAX_FIELD_BYTES = 4096  # a token has at most 1,024

upload = Blueprint("upload", __name__)


@upload.post("/update-image")
async def update_image() -> Response:
    limits = {
        "cameraid": MAX_FIELD_BYTES,
        "token": MAX_FIELD_BYTES,
        "image": site().max_frame_bytes,
    }
    async with AsyncExitStack() as place:

        async def make_room() -> None:
            if not body_is_wanted():
                await place.enter_async_context(upload_place())

        form = await read_form(limits, check=_judge_early, make_room=make_room)
    camera = _authorised(form)
    if "image" not in form:
        raise AnswerError(400, "Missing image in FormData: expected a JPEG file")
    jpeg = trim_jpeg(bytes(form["image"]))
    if jpeg is None:
        raise AnswerError(415, "The image is not a JPEG")
    hub = site().hub
    if not hub.submit(camera.id, jpeg, uploaded=True):
        hub.traffic(camera.id).excess += 1
        raise AnswerError(
            429,
            f"Camera {camera.id} sends more than {hub.limits.frame_rate:g} pictures per second",
            {"Retry-After": "1"},
        )
    return Response("200", content_type="application/json")


def _judge_early(form: Mapping[str, bytearray]) -> None:
    """Whose proof comes before the picture is let in at once, or refused at once."""
    if {"cameraid", "token"} <= form.keys():
        _authorised(form)
        visitor().connection.authenticated()
        let_body_in()


def _authorised(form: Mapping[str, bytearray]) -> Camera:
    camera_id = integer(_text(form, "cameraid").strip())
    if camera_id is None:
        raise AnswerError(400, "Invalid id in FormData")
    camera = site().catalogue.get(camera_id)
    if camera is None:
        raise AnswerError(400, f"No camera with id {camera_id}")
    if "token" not in form and not camera.allow_open_upload:
        raise AnswerError(400, "Missing token in FormData")
    token = _text(form, "token")
    open_to_all = camera.allow_open_upload and not token
    if not open_to_all and not site().tokens.verify(camera, token):
        raise AnswerError(401, "Invalid token", {"WWW-Authenticate": 'Form realm="camserve"'})
    return camera


def _text(form: Mapping[str, bytearray], name: str) -> str:
    return form.get(name, bytearray()).decode(errors="replace")
