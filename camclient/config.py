"""What the user can set: options, CAMCLIENT_ variables, and a JSON file with names in camelCase."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from camclient.endpoint import EXPECTED, parse_endpoint
from camclient.run import DEFAULT_QUALITY
from camserve.settings import (
    Kind,
    Loaded,
    SettingsError,
    camel_case,
    kinds,
    load,
    read_json,
    setting,
)
from camserve.wire import MAX_TOKEN_BYTES

PREFIX = "CAMCLIENT_"
MAX_INT32 = 2**31 - 1
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


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of camclient. The help texts say what they are.

    The limits of the motor (`has_motor` to `update_interval`) are kept as they were given.
    """

    server: str | None = setting(
        Kind(EXPECTED, "URL", _server),
        None,
        help="the server's address for cameras",
        default_text="found on the local network",
        keys=("webSocketEndpoint",),
    )
    camera_id: int = setting(
        kinds.integer(1, MAX_INT32, expected="a camera id", metavar="ID"), help="the camera's id"
    )
    token: str | None = setting(TOKEN, None, help="its token", secret=True, keys=("cameraToken",))
    token_file: Path | None = setting(
        kinds.path(), None, help="a file that holds the token, out of sight of other users"
    )
    source: str = setting(
        kinds.text("a camera number, a file, a URL or test", "SOURCE", numbers=True),
        "0",
        help="a camera (0, /dev/video0), a video file or URL, or test (a moving drawing)",
    )
    fps: float | None = setting(
        kinds.number(above=0, most=240, metavar="FPS"),
        None,
        help="most pictures per second",
        default_text="15; a file's own rate",
    )
    width: int | None = setting(SIDE, None, help="most pixels from left to right")
    height: int | None = setting(SIDE, None, help="most pixels from top to bottom")
    quality: int | None = setting(
        kinds.integer(1, 100),
        None,
        help="of the JPEGs, 1 to 100 (best)",
        default_text=f"{DEFAULT_QUALITY}; JPEGs of the camera as they are",
    )
    min_fps: float = setting(
        kinds.number(above=0, most=240, metavar="FPS"),
        1.0,
        help="on a link that drains less, no fewer pictures per second than this",
    )
    min_quality: int = setting(
        kinds.integer(1, 100), 40, help="on a link that drains less, no worse JPEGs than this"
    )
    preview_interval: float = setting(
        kinds.number(above=0, most=3600, expected="a number of seconds", metavar="SECONDS"),
        5.0,
        help="between two pictures while nobody watches; keep it below the server's stale_after",
    )
    overlay: tuple[str, ...] = setting(
        OVERLAY, (), help="written into the picture: time or utc, name, temperature, frame"
    )
    name: str | None = setting(
        kinds.text("a name", "NAME"), None, help="the camera's name in the overlay"
    )
    rotate: int = setting(ROTATION, 0, help="degrees clockwise")
    mirror: bool = setting(kinds.switch(), False, help="left becomes right, before it is rotated")
    on_update: str = setting(
        kinds.choice("log", "exit"),
        "log",
        help="what to do when the server asks for an update; exit leaves it to a service manager",
    )
    log_level: str = setting(
        kinds.choice("debug", "info", "warning", "error"), "info", help="what the log tells"
    )
    config: Path | None = setting(
        kinds.path(), None, in_file=False, help="a JSON file with these settings in camelCase"
    )
    should_log: bool = setting(kinds.switch(), True, option=False, help="false: only warnings")
    has_motor: bool = setting(kinds.switch(), False, option=False, help="the camera can turn")
    pitch_pin: int = setting(PIN, 17, help="GPIO (BCM number) of the servo that x moves")
    yaw_pin: int = setting(PIN, 18, help="GPIO (BCM number) of the servo that y moves")
    max_x: float | None = setting(NUMBER, None, option=False, help="limit of the motor")
    max_y: float | None = setting(NUMBER, None, option=False, help="limit of the motor")
    min_x: float | None = setting(NUMBER, None, option=False, help="limit of the motor")
    min_y: float | None = setting(NUMBER, None, option=False, help="limit of the motor")
    max_speed: float | None = setting(NUMBER, None, option=False, help="limit of the motor")
    update_interval: float | None = setting(NUMBER, None, option=False, help="of the motor")


def load_config(arguments: Mapping[str, object], environ: Mapping[str, str]) -> Loaded[Config]:
    """Put the settings together; the token is in `token` wherever it came from.

    arguments: the options that were given, by field name.

    Raises:
        SettingsError: something is missing, unknown or wrong; one line.
    """
    path = _config_file(arguments, environ)
    loaded = load(
        Config,
        prefix=PREFIX,
        arguments=arguments,
        environ=environ,
        file=None if path is None else read_json(path),
        file_name=str(path),
        key=camel_case,
    )
    config = loaded.settings
    if config.server is None:
        raise SettingsError(
            "missing: the server's address: give --server, "
            f"the variable {PREFIX}SERVER or the key webSocketEndpoint"
        )
    if not config.should_log and "log_level" not in loaded.given:
        config = replace(config, log_level="warning")
    return replace(loaded, settings=replace(config, token=_find_token(config, loaded.given)))


def _config_file(arguments: Mapping[str, object], environ: Mapping[str, str]) -> Path | None:
    given = arguments.get("config") or environ.get(PREFIX + "CONFIG")
    return Path(str(given)).expanduser() if given else None


def _find_token(config: Config, given: Mapping[str, str]) -> str:
    """The token itself or the one in the file, whichever was given in the more important place."""
    token, path = config.token, config.token_file
    if path is not None and (token is None or _rank(given["token_file"]) < _rank(given["token"])):
        try:
            return TOKEN.parse(path.read_text(encoding="utf-8").strip())
        except OSError as error:
            raise SettingsError(f"token file {path}: {error.strerror or error}") from error
        except ValueError:
            # Not chained: the text of the file would show up in a traceback.
            raise SettingsError(f"token file {path}: expected {TOKEN.expected}") from None
    if token is None:
        raise SettingsError(
            "missing: the camera's token: give --token, --token-file, "
            f"the variable {PREFIX}TOKEN or the key cameraToken"
        )
    return token


def _rank(where: str) -> int:
    """0: the command line, 1: the environment, 2: the file."""
    return ("option", "variable", "key").index(where.split()[0])
