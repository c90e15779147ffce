"""What a request asks for: parameters in any letter case, and the camera."""

import math
import re

from quart import request

from camserve.registry import Camera

from .answers import AnswerError
from .site import site
from .visitor import other_camera, visitor

_INTEGER = re.compile(r"-?[0-9]{1,1000}", re.ASCII)
#: Narrower than what `float` takes: no nan, no infinity, no underscores, no foreign digits.
_NUMBER = re.compile(r"([0-9]{1,300}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
MAX_FPS = 240
MIN_WIDTH, MAX_WIDTH = 16, 8192  # pixels
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
    _require_visible(camera_id)
    camera = site().catalogue.get(camera_id)
    if camera is None:
        raise AnswerError(400, f"No camera with id {camera_id}")
    return camera


def path_camera(camera_id: str) -> Camera:
    """The camera that the path of a new route names."""
    number = integer(camera_id)
    if number is not None:
        _require_visible(number)
    camera = None if number is None else site().catalogue.get(number)
    if camera is None:
        raise unknown_camera(camera_id)
    return camera


def visible_cameras() -> tuple[Camera, ...]:
    """The cameras that the visitor may see, by id."""
    may_see = visitor().identity.may_see
    return tuple(camera for camera in site().catalogue.cameras() if may_see(camera.id))


def _require_visible(camera_id: int) -> None:
    # Before anybody looks whether there is such a camera: that is not a stranger's business.
    if not visitor().identity.may_see(camera_id):
        raise AnswerError(403, other_camera(visitor().identity))


def unknown_camera(camera_id: int | str) -> AnswerError:
    """404: the path of a new route names no camera."""
    return AnswerError(404, f"No camera with id {camera_id}")


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


def fps() -> float | None:
    """Most frames per second that a stream is to have; None: all there are."""
    text = parameter("fps")
    if text is None:
        return None
    number = _number(text)
    if number is None or not 0 < number <= MAX_FPS:
        raise AnswerError(400, f"Invalid fps: expected a number above 0, at most {MAX_FPS}")
    return number


def width() -> int | None:
    """Pixels from left to right that frames are to have at most; None: as they come."""
    text = parameter("width")
    if text is None:
        return None
    number = integer(text)
    if number is None or not MIN_WIDTH <= number <= MAX_WIDTH:
        raise AnswerError(400, f"Invalid width: expected pixels from {MIN_WIDTH} to {MAX_WIDTH}")
    return number


def seconds(name: str, longest: float = math.inf) -> float | None:
    """A number of seconds, 0 or more, at most `longest`; None: not given."""
    text = parameter(name)
    if text is None:
        return None
    number = _number(text)
    if number is None or not 0 <= number <= longest:
        bounds = "0 or more" if longest == math.inf else f"0 to {longest:g}"
        raise AnswerError(400, f"Invalid {name}: expected seconds, {bounds}")
    return number


def sequence_number(name: str) -> int | None:
    """A frame's sequence number; None: not given."""
    text = parameter(name)
    if text is None:
        return None
    number = integer(text)
    if number is None or number < 0:
        raise AnswerError(400, f"Invalid {name}: expected a sequence number, a whole number")
    return number


def _number(text: str) -> float | None:
    """The finite number, 0 or more, that is written there; None: none."""
    number = float(text) if _NUMBER.fullmatch(text) else math.inf
    return number if math.isfinite(number) else None
