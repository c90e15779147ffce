"""What a viewer may ask on `/live`: its text messages, read and checked."""

import json
import math
from dataclasses import dataclass

from .requested import MAX_FPS, MAX_WIDTH, MIN_WIDTH


class LiveRequestError(Exception):
    """The message is not understood; str() says why, in words for whoever wrote it."""


@dataclass(frozen=True, slots=True)
class Watch:
    camera: int
    fps: float | None  # most frames per second; None: all
    width: int | None  # pixels; None: as they come


@dataclass(frozen=True, slots=True)
class Unwatch:
    camera: int


@dataclass(frozen=True, slots=True)
class Ack:
    """The viewer has shown this frame, and so all before it."""

    camera: int
    seq: int


@dataclass(frozen=True, slots=True)
class Move:
    camera: int
    x: float
    y: float


LiveRequest = Watch | Unwatch | Ack | Move


def live_request(message: str | bytes) -> LiveRequest:
    """Read one message.

    Raises:
        LiveRequestError
    """
    if isinstance(message, bytes):
        raise LiveRequestError("expected a text message with JSON, not a binary one")
    try:
        fields = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise LiveRequestError("the message is not JSON") from error
    if not isinstance(fields, dict):
        raise LiveRequestError("expected a JSON object")
    match fields.get("op"):
        case "watch":
            return Watch(_camera(fields), _fps(fields), _width(fields))
        case "unwatch":
            return Unwatch(_camera(fields))
        case "ack":
            return Ack(_camera(fields), _integer(fields, "seq"))
        case "move":
            return Move(_camera(fields), _coordinate(fields, "x"), _coordinate(fields, "y"))
    raise LiveRequestError("op: expected watch, unwatch, ack or move")


def _integer(fields: dict[str, object], name: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise LiveRequestError(f"{name}: expected a whole number")
    return value


def _camera(fields: dict[str, object]) -> int:
    return _integer(fields, "camera")


def _number(value: object) -> float:
    """NaN for what is no number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if abs(value) < 1e300 else math.nan


def _fps(fields: dict[str, object]) -> float | None:
    if fields.get("fps") is None:
        return None
    fps = _number(fields["fps"])
    if not 0 < fps <= MAX_FPS:
        raise LiveRequestError(f"fps: expected a number above 0, at most {MAX_FPS}")
    return fps


def _width(fields: dict[str, object]) -> int | None:
    if fields.get("width") is None:
        return None
    width = _integer(fields, "width")
    if not MIN_WIDTH <= width <= MAX_WIDTH:
        raise LiveRequestError(f"width: expected pixels from {MIN_WIDTH} to {MAX_WIDTH}")
    return width


def _coordinate(fields: dict[str, object], name: str) -> float:
    value = _number(fields.get(name))
    if not -1 <= value <= 1:
        raise LiveRequestError(f"{name}: expected a number from -1 to 1")
    return value
