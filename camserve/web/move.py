"""`POST /cameras/{id}/move`: turn a camera that can turn."""

from quart import Blueprint, Response

from .answers import AnswerError, json_answer
from .json_body import coordinate, json_object
from .requested import path_camera
from .site import site

move = Blueprint("move", __name__)


@move.post("/cameras/<camera_id>/move")
async def move_camera(camera_id: str) -> Response:
    camera = path_camera(camera_id)
    body = await json_object()
    x, y = coordinate(body, "x"), coordinate(body, "y")
    if not camera.movable:
        raise AnswerError(409, f"Camera {camera.id} cannot be moved: it was not added as movable")
    publisher = site().hub.publisher(camera.id)
    if publisher is None:
        raise AnswerError(409, f"Camera {camera.id} is offline")
    publisher.move(x, y)
    # Accepted and no more: the camera gets it in a moment, unless a newer move takes its place.
    return json_answer({"x": x, "y": y}, 202)
