"""What the user can set: options, CAMCLIENT_ variables, and a JSON file with names in camelCase."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from camclient import browsing
from camclient.endpoint import parse_endpoint
from camclient.motion import Limits, LimitsError, read_limits
from camclient.rate import DEFAULT_QUALITY
from camclient.values import NUMBER, OVERLAY, PIN, ROTATION, SERVER, SIDE, TOKEN
from camserve.settings import (
    Loaded,
    SettingsError,
    camel_case,
    kinds,
    load,
    read_json,
    setting,
)

PREFIX = "CAMCLIENT_"
MAX_INT32 = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Config:
    """All settings of camclient. The help texts say what they are.

    The limits of the motor (`max_x` to `update_interval`) are kept as they were given; see
    `motor_limits`.
    """

    server: str | None = setting(
        SERVER,
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
    ca_file: Path | None = setting(
        kinds.path(),
        None,
        help="certificate (PEM) of the authority that vouches for the server, or the server's own",
        default_text="the system's authorities",
    )
    source: str = setting(
        kinds.text("a camera number, a file, a URL, exec:COMMAND or test", "SOURCE", numbers=True),
        "0",
        help="a camera (0, /dev/video0), a video file or URL, exec:COMMAND (a program that writes "
        "JPEGs), or test (a moving drawing)",
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
        OVERLAY,
        (),
        help="written into the picture: time or utc, name, temperature, frame",
        default_text="none",
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
    dry_run: bool = setting(
        kinds.switch(),
        False,
        in_file=False,
        help="take pictures for 5 s, say what they are like and end; no server is needed",
    )
    config: Path | None = setting(
        kinds.path(), None, in_file=False, help="a JSON file with these settings in camelCase"
    )
    should_log: bool = setting(kinds.switch(), True, option=False, help="false: only warnings")
    has_motor: bool = setting(kinds.switch(), False, option=False, help="the camera can turn")
    pitch_pin: int = setting(PIN, 17, help="GPIO (BCM number) of the servo that x moves")
    yaw_pin: int = setting(PIN, 18, help="GPIO (BCM number) of the servo that y moves")
    max_x: float | None = setting(NUMBER, None, option=False, help="highest pitch, up to 1")
    max_y: float | None = setting(NUMBER, None, option=False, help="highest yaw, up to 1")
    min_x: float | None = setting(NUMBER, None, option=False, help="lowest pitch, from -1 on")
    min_y: float | None = setting(NUMBER, None, option=False, help="lowest yaw, from -1 on")
    max_speed: float | None = setting(NUMBER, None, option=False, help="units per second")
    update_interval: float | None = setting(NUMBER, None, option=False, help="of the motor's steps")

    def __post_init__(self) -> None:
        if self.has_motor:  # an old file may hold anything about a motor that is not there
            self.motor_limits()
            if self.pitch_pin == self.yaw_pin:
                raise SettingsError(f"yawPin: {self.yaw_pin} is the pitchPin already")

    def motor_limits(self) -> Limits:
        """How far and how fast the camera may turn.

        Raises:
            SettingsError: no camera can turn like this.
        """
        try:
            return read_limits(
                min_x=self.min_x,
                max_x=self.max_x,
                min_y=self.min_y,
                max_y=self.max_y,
                max_speed=self.max_speed,
                update_interval=self.update_interval,
            )
        except LimitsError as error:
            raise SettingsError(str(error)) from error


def read_settings(arguments: Mapping[str, object], environ: Mapping[str, str]) -> Loaded[Config]:
    """Put the settings together as they were given: server and token may be missing.

    arguments: the options that were given, by field name.

    Raises:
        SettingsError: something is missing, unknown or wrong; one line.
    """
    path = _config_file(arguments, environ)
    return load(
        Config,
        prefix=PREFIX,
        arguments=arguments,
        environ=environ,
        file=None if path is None else read_json(path),
        file_name=str(path),
        key=camel_case,
    )


def load_config(arguments: Mapping[str, object], environ: Mapping[str, str]) -> Loaded[Config]:
    """Put the settings together; the token is in `token` wherever it came from.

    Raises:
        SettingsError: as `read_settings`, and when there is no server or no token.
    """
    loaded = read_settings(arguments, environ)
    config = loaded.settings
    if config.server is None and not browsing.is_available():
        raise SettingsError(
            "missing: the server's address: give --server, "
            f"the variable {PREFIX}SERVER or the key webSocketEndpoint; or, for the server to be "
            'found on the local network, pip install "camserve[discovery]"'
        )
    if config.ca_file is not None and config.server and not parse_endpoint(config.server).tls:
        raise SettingsError(
            f"ca_file: {config.server} has no TLS; expected wss:// instead of ws://"
        )
    if "name" in config.overlay and config.name is None:
        raise SettingsError(
            "missing: the name that the overlay is to show: give --name, "
            f"the variable {PREFIX}NAME or the key name"
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
