"""`POST /update-image`: a picture by form, from scripts that open no WebSocket."""

from quart import Blueprint, Response, request

from camserve.registry import Camera
from camserve.wire import trim_jpeg

from .answers import AnswerError
from .requested import integer
from .site import site

upload = Blueprint("upload", __name__)


@upload.post("/update-image")
async def update_image() -> Response:
    form = await request.form
    fields = {str(name).lower(): str(value) for name, value in form.items()}
    parts = {str(name).lower(): part for name, part in (await request.files).items()}
    camera = _authorised(fields)
    if "image" not in parts:
        raise AnswerError(400, "Missing image in FormData: expected a JPEG file")
    payload = parts["image"].read()
    if len(payload) > site().max_frame_bytes:
        raise AnswerError(413, f"The image is larger than {site().max_frame_bytes} bytes")
    jpeg = trim_jpeg(payload)
    if jpeg is None:
        raise AnswerError(415, "The image is not a JPEG")
    site().hub.publish(camera.id, jpeg, uploaded=True)
    return Response("200", content_type="application/json")


def _authorised(fields: dict[str, str]) -> Camera:
    camera_id = integer(fields.get("cameraid", "").strip())
    if camera_id is None:
        raise AnswerError(400, "Invalid id in FormData")
    camera = site().catalogue.get(camera_id)
    if camera is None:
        raise AnswerError(400, f"No camera with id {camera_id}")
    token = fields.get("token")
    open_to_all = camera.allow_open_upload and not token
    if not open_to_all and not site().tokens.verify(camera, token or ""):
        raise AnswerError(401, "Invalid token", {"WWW-Authenticate": 'Form realm="camserve"'})
    return camera
