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


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of camclient. The help texts say what they are.

    The limits of the motor (`has_motor` to `update_interval`) are kept as they were given.
    """

    server: str = setting(
        Kind(EXPECTED, "URL", _server),
        help="the server's address for cameras",
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
    quality: int = setting(
        kinds.integer(1, 100), DEFAULT_QUALITY, help="of the JPEGs, 1 to 100 (best)"
    )
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
