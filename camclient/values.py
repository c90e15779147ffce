"""The kinds of values that camclient's own settings take, beside those of `camserve.settings`."""

from camclient.endpoint import EXPECTED, parse_endpoint
from camserve.settings import Kind, kinds
from camserve.wire import MAX_TOKEN_BYTES

SIDE = kinds.integer(16, 8192, expected="a number of pixels", metavar="PIXELS")
NUMBER = kinds.number()


def _server(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(value)
    parse_endpoint(value)
    return value


def _token(value: object) -> str:
    if not isinstance(value, str) or not 1 <= len(value.encode()) <= MAX_TOKEN_BYTES:
        raise ValueError(value)
    return value


SERVER = Kind(EXPECTED, "URL", _server)
TOKEN = Kind(f"text of 1 to {MAX_TOKEN_BYTES} bytes", "TOKEN", _token)


def _overlay(value: object) -> tuple[str, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple) or not parts:
        raise ValueError(value)
    words = tuple(part.strip() for part in parts if isinstance(part, str))
    if len(words) != len(parts) or len(set(words)) != len(words) or set(words) - OVERLAY_PARTS:
        raise ValueError(value)
    return words


def _rotation(value: object) -> int:
    degrees = kinds.integer(0, 270).parse(value)
    if degrees % 90:
        raise ValueError(value)
    return degrees


ROTATION = Kind("0, 90, 180 or 270", "DEGREES", _rotation)
OVERLAY_PARTS = frozenset({"time", "utc", "name", "temperature", "frame"})
OVERLAY = Kind("one or more of time, utc, name, temperature, frame, with commas", "PARTS", _overlay)
PIN = kinds.integer(0, 27, expected="a GPIO number")
