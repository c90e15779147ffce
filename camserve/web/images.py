"""Old routes that answer with one picture."""

from functools import cache
from importlib.resources import files

from quart import Blueprint, Response

from .answers import jpeg_answer, no_picture
from .requested import old_route_camera
from .site import LocalCameraError, site

images = Blueprint("images", __name__)


@images.get("/get-image")
async def get_image() -> Response:
    camera = old_route_camera()
    hub = site().hub
    hub.glimpsed(camera.id)
    frame = hub.latest(camera.id)
    if frame is None:
        raise no_picture(f"Camera {camera.id} has sent no picture yet")
    hub.traffic(camera.id).showed("get-image", len(frame.jpeg), hub.age(frame))
    return jpeg_answer(frame.jpeg)


@images.get("/mocked-image")
async def mocked_image() -> Response:
    return jpeg_answer(_mocked_jpeg())


@cache
def _mocked_jpeg() -> bytes:
    return files("camserve.web").joinpath("static", "mocked.jpg").read_bytes()


@images.get("/image")
async def image() -> Response:
    take_picture = site().local_camera
    if take_picture is None:
        raise no_picture("This server has no camera of its own: --local-camera is not set")
    try:
        jpeg = await take_picture()
    except LocalCameraError as error:
        raise no_picture(str(error)) from error
    return jpeg_answer(jpeg)
