"""What a request asks for: parameters in any letter case, and the camera."""

import math
import re

from quart import request

from camserve.registry import Camera

from .answers import AnswerError
from .site import site

_INTEGER = re.compile(r"-?[0-9]{1,20}", re.ASCII)
MAX_DELAY = 24 * 3600 * 1000  # milliseconds


def parameter(name: str) -> str | None:
    """A parameter of the query, whatever the letter case of its name; None: not given."""
    for given, value in request.args.items():
        if given.lower() == name.lower():
            return str(value)
    return None


def integer(text: str | None) -> int | None:
    """The whole number that is written there in ASCII digits; None: none."""
    return int(text) if text is not None and _INTEGER.fullmatch(text) else None


def old_route_camera() -> Camera:
    """The camera that `cameraId` names on an old route."""
    camera_id = integer(parameter("cameraId"))
    if camera_id is None:
        raise AnswerError(400, "Invalid cameraId: expected the id of a camera, a whole number")
    camera = site().catalogue.get(camera_id)
    if camera is None:
        raise AnswerError(400, f"No camera with id {camera_id}")
    return camera


def path_camera(camera_id: str) -> Camera:
    """The camera that the path of a new route names."""
    number = integer(camera_id)
    camera = None if number is None else site().catalogue.get(number)
    if camera is None:
        raise AnswerError(404, f"No camera with id {camera_id}")
    return camera


def update_delay() -> float:
    """Least seconds between two events of an old stream; `updateDelay` is in milliseconds."""
    text = parameter("updateDelay")
    if text is None or text == "":
        return 0.0
    try:
        delay = float(text)
    except ValueError:
        delay = math.nan
    if not 0 <= delay <= MAX_DELAY:
        raise AnswerError(400, "Invalid updateDelay: expected milliseconds, 0 or more")
    return delay / 1000
