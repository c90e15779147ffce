import json
import sys
from pathlib import Path

import pytest

from camclient import browsing
from camclient.config import Config, load_config
from camserve.settings import SettingsError

NEEDED = {"server": "ws://pi:8001", "camera_id": "1", "token": "abc"}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A settings file as old cameras have it."""
    path = tmp_path / "camera-config.json"
    content = {
        "cameraId": 3,
        "cameraToken": "from file",
        "webSocketEndpoint": "ws://old:8001",
        "hasMotor": True,
        "shouldLog": False,
        "maxX": 90,
        "maxY": 45.5,
        "minX": -90,
        "minY": -45,
        "maxSpeed": 10,
        "updateInterval": 0.05,
        "onUpdate": "exit",
    }
    path.write_text(json.dumps(content))
    return path


def load(arguments: dict[str, str], environ: dict[str, str] | None = None) -> Config:
    return load_config(arguments, environ or {}).settings


def test_what_is_not_given_has_its_default() -> None:
    assert load(NEEDED) == Config(server="ws://pi:8001", camera_id=1, token="abc")
    config = load(NEEDED)
    assert (config.source, config.fps, config.quality) == ("0", None, None)
    assert (config.on_update, config.log_level, config.should_log) == ("log", "info", True)


def test_an_old_file_is_understood(file: Path) -> None:
    config = load({"config": str(file)})
    assert (config.camera_id, config.token, config.server) == (3, "from file", "ws://old:8001")
    assert config.has_motor
    assert (config.max_x, config.max_y, config.min_x, config.min_y) == (90, 45.5, -90, -45)
    assert (config.max_speed, config.update_interval) == (10, 0.05)
    assert config.on_update == "exit"
    assert config.log_level == "warning"  # shouldLog is false


def test_a_log_level_that_was_given_counts_more_than_should_log(file: Path) -> None:
    assert load({"config": str(file), "log_level": "debug"}).log_level == "debug"


def test_command_line_over_environment_over_file(file: Path) -> None:
    environ = {"CAMCLIENT_CONFIG": str(file), "CAMCLIENT_CAMERA_ID": "5", "CAMCLIENT_FPS": "9"}
    config = load({"camera_id": "6"}, environ)
    assert (config.camera_id, config.fps, config.server) == (6, 9, "ws://old:8001")


@pytest.mark.parametrize(
    ("places", "token"),
    [
        ({"option": "token"}, "inline"),
        ({"option": "token_file"}, "in a file"),
        ({"option": "token_file", "variable": "TOKEN", "file": "cameraToken"}, "in a file"),
        ({"option": "token", "variable": "TOKEN_FILE"}, "inline"),
        ({"variable": "TOKEN_FILE", "file": "cameraToken"}, "in a file"),
        ({"variable": "TOKEN", "file": "tokenFile"}, "inline"),
        ({"file": "token"}, "inline"),
    ],
)
def test_the_token_of_the_most_important_place_counts(
    tmp_path: Path, places: dict[str, str], token: str
) -> None:
    secret = tmp_path / "token"
    secret.write_text("in a file\n")

    def value(name: str) -> str:
        return str(secret) if "file" in name.lower() else "inline"

    settings = tmp_path / "settings.json"
    keys = {places["file"]: value(places["file"])} if "file" in places else {}
    settings.write_text(json.dumps(keys))
    arguments = {"server": "ws://pi", "camera_id": "1", "config": str(settings)}
    if "option" in places:
        arguments[places["option"]] = value(places["option"])
    environ = {f"CAMCLIENT_{n}": value(n) for n in [places.get("variable")] if n}
    assert load(arguments, environ).token == token


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("server", "pi:8001", "option --server: expected a URL like ws://"),
        ("camera_id", "0", "option --camera-id: expected a camera id from 1 to 2147483647"),
        ("token", "x" * 1025, "option --token: expected text of 1 to 1024 bytes"),
        ("fps", "0", "option --fps: expected a number greater than 0 and at most 240, not '0'"),
        ("fps", "nan", "option --fps: expected a number"),
        ("width", "15", "option --width: expected a number of pixels from 16 to 8192"),
        ("height", "tall", "option --height: expected a number of pixels from 16 to 8192"),
        ("quality", "101", "option --quality: expected an integer from 1 to 100, not '101'"),
        ("on_update", "run", "option --on-update: expected one of log, exit"),
        ("log_level", "loud", "option --log-level: expected one of debug, info"),
        ("config", "/nowhere/x.json", "/nowhere/x.json: cannot be read"),
        ("token_file", "/nowhere/token", "token file /nowhere/token: No such file"),
    ],
)
def test_a_bad_value_is_one_line_that_names_option_and_expectation(
    name: str, value: str, message: str
) -> None:
    arguments = {**NEEDED, name: value}
    if name == "token_file":
        del arguments["token"]
    with pytest.raises(SettingsError) as caught:
        load(arguments)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_a_server_without_its_scheme_is_answered_with_what_may_be_meant() -> None:
    with pytest.raises(SettingsError, match=r", not 'pi:8001'; did you mean ws://pi:8001\?$"):
        load({**NEEDED, "server": "pi:8001"})


@pytest.mark.parametrize("content", ["", "two words " * 200, "\udcff"])
def test_a_bad_token_file_is_told_without_its_content(tmp_path: Path, content: str) -> None:
    path = tmp_path / "token"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(SettingsError) as caught:
        load({"server": "ws://pi", "camera_id": "1", "token_file": str(path)})
    assert str(caught.value) == f"token file {path}: expected text of 1 to 1024 bytes"


@pytest.mark.parametrize(
    ("missing", "ways"),
    [
        ("server", ["--server", "CAMCLIENT_SERVER", "webSocketEndpoint", "camserve[discovery]"]),
        ("camera_id", ["--camera-id", "CAMCLIENT_CAMERA_ID", "cameraId"]),
        ("token", ["--token", "--token-file", "CAMCLIENT_TOKEN", "cameraToken"]),
    ],
)
def test_what_is_missing_is_told_with_all_ways_to_give_it(
    missing: str, ways: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zeroconf", None)  # as if it were not installed
    with pytest.raises(SettingsError) as caught:
        load({name: value for name, value in NEEDED.items() if name != missing})
    assert all(way in str(caught.value) for way in ways)


def test_a_server_that_can_be_found_need_not_be_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browsing, "is_available", lambda: True)
    config = load({name: value for name, value in NEEDED.items() if name != "server"})
    assert config.server is None


def test_an_overlay_with_the_name_needs_one() -> None:
    with pytest.raises(SettingsError) as caught:
        load({**NEEDED, "overlay": "time,name"})
    assert str(caught.value) == (
        "missing: the name that the overlay is to show: give --name, "
        "the variable CAMCLIENT_NAME or the key name"
    )
    assert load({**NEEDED, "overlay": "name", "name": "Porch"}).overlay == ("name",)


def test_a_misspelt_variable_is_a_warning() -> None:
    loaded = load_config(NEEDED, {"CAMCLIENT_FSP": "3"})
    assert loaded.warnings == ("unknown variable CAMCLIENT_FSP; did you mean CAMCLIENT_FPS?",)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"minX": 0.5, "maxX": -0.5}, "minX: expected a number up to -0.5, not 0.5"),
        ({"maxSpeed": 0}, "maxSpeed: expected at least 0.01, not 0"),
        ({"updateInterval": -1}, "updateInterval: expected seconds above 0, not -1"),
        ({"pitchPin": 18}, "yawPin: 18 is the pitchPin already"),
    ],
)
def test_a_motor_that_cannot_turn_is_an_error_if_there_is_a_motor(
    keys: dict[str, float], message: str, tmp_path: Path
) -> None:
    path = tmp_path / "camera.json"
    path.write_text(json.dumps({"hasMotor": True, **keys}))
    with pytest.raises(SettingsError) as caught:
        load({**NEEDED, "config": str(path)})
    assert str(caught.value) == message
    path.write_text(json.dumps({"hasMotor": False, **keys}))
    load({**NEEDED, "config": str(path)})


def test_the_limits_of_the_motor_are_those_of_the_file(file: Path) -> None:
    limits = load({"config": str(file)}).motor_limits()
    assert (limits.x, limits.y, limits.max_speed, limits.interval) == ((-1, 1), (-1, 1), 10, 0.05)
