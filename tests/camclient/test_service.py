"""`camclient service`: which unit comes out of which settings, and what systemd thinks of it."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from camclient import service
from camclient.cli import main
from camclient.config import read_settings
from camclient.service import make_unit
from camclient.unit import Unit
from tests.systemd import judge, needs_systemd, verify

BASIC = {"server": "ws://pi:8001", "camera_id": "3"}
PROGRAM = ["/usr/bin/camclient"]


@pytest.fixture(autouse=True)
def no_homes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the tests themselves are installed."""
    monkeypatch.setattr("camserve.unit.HOMES", ())


def unit(arguments: Mapping[str, object], **environ: str) -> Unit:
    return make_unit(read_settings({**BASIC, **arguments}, environ), PROGRAM)


def command(made: Unit) -> str:
    found = re.search(r"^ExecStart=(.*)$", str(made), re.MULTILINE)
    assert found
    return found[1]


def test_options_and_variables_become_options_of_the_unit() -> None:
    made = unit({"fps": "7.5", "overlay": "time,name", "mirror": "true"}, CAMCLIENT_WIDTH="640")
    assert command(made) == (
        "/usr/bin/camclient --token-file %d/token --server ws://pi:8001 --camera-id 3"
        " --fps 7.5 --width 640 --overlay time,name --mirror"
    )


def test_what_has_no_option_becomes_a_variable() -> None:
    made = unit({}, CAMCLIENT_HAS_MOTOR="yes", CAMCLIENT_MAX_SPEED="0.5")
    assert made.environment == {"CAMCLIENT_HAS_MOTOR": "true", "CAMCLIENT_MAX_SPEED": "0.5"}


@pytest.mark.parametrize("way", ["token", "CAMCLIENT_TOKEN", None])
def test_a_token_is_never_in_the_unit(way: str | None) -> None:
    arguments = {"token": "sesame"} if way == "token" else {}
    environ = {"CAMCLIENT_TOKEN": "sesame"} if way == "CAMCLIENT_TOKEN" else {}
    made = unit(arguments, **environ)
    assert "sesame" not in str(made)
    assert made.credentials == {"token": Path("/etc/camclient/token")}
    assert made.token_hint == Path("/etc/camclient/token")


def test_a_token_file_stays_where_it_is_and_is_handed_over(tmp_path: Path) -> None:
    made = unit({"token_file": str(tmp_path / "token")})  # it need not be there yet
    assert made.credentials == {"token": tmp_path / "token"}
    assert made.token_hint is None
    assert "--token-file %d/token" in command(made)


def test_a_settings_file_is_handed_over_with_the_token_in_it(tmp_path: Path) -> None:
    file = tmp_path / "camera.json"
    file.write_text(json.dumps({"cameraToken": "sesame", "fps": 5, "hasMotor": True}))
    made = unit({"config": str(file), "width": "320"})
    assert made.credentials == {"config.json": file}
    assert made.environment == {}
    assert command(made) == (
        "/usr/bin/camclient --config %d/config.json --server ws://pi:8001 --camera-id 3 --width 320"
    )


def test_a_token_file_that_the_settings_file_names_is_handed_over_as_well(tmp_path: Path) -> None:
    file = tmp_path / "camera.json"
    file.write_text(json.dumps({"tokenFile": "/etc/camera/token"}))
    made = unit({"config": str(file)})
    assert made.credentials == {"config.json": file, "token": Path("/etc/camera/token")}


@pytest.mark.parametrize(
    ("source", "devices", "groups"),
    [
        ("0", ("char-81",), ("video",)),
        ("/dev/video2", ("char-81",), ("video",)),
        ("exec:rpicam-vid -o -", service.PROGRAM_DEVICES, ("video",)),
        ("rtsp://cam/1", (), ()),
        ("test", (), ()),
    ],
)
def test_it_may_open_what_the_source_needs_and_no_more(
    source: str, devices: tuple[str, ...], groups: tuple[str, ...]
) -> None:
    made = unit({"source": source})
    assert (made.devices, made.groups) == (devices, groups)


def test_a_motor_needs_the_pins() -> None:
    made = unit({"source": "test"}, CAMCLIENT_HAS_MOTOR="1")
    assert (made.devices, made.groups) == (("char-gpiochip", "/dev/gpiomem"), ("gpio",))


def test_a_file_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clip.avi").touch()
    monkeypatch.chdir(tmp_path)
    assert command(unit({"source": "clip.avi"})).endswith(f"--source {tmp_path}/clip.avi")


@pytest.mark.parametrize(("source", "user"), [("pi/clip.avi", "pi"), ("clip.avi", None)])
def test_what_lies_in_a_home_directory_is_for_its_owner(
    source: str, user: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.unit.HOMES", (tmp_path,))
    monkeypatch.setattr(service, "__file__", "/usr/lib/camclient/service.py")
    monkeypatch.setattr("sys.executable", "/usr/bin/python3")
    monkeypatch.chdir(tmp_path)
    path = str(tmp_path / source) if user else source
    assert unit({"source": path}).user == user


def test_the_command_prints_the_unit_and_says_where_the_token_belongs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["service", "--camera-id", "1", "--token", "sesame"]) == 0
    out, err = capsys.readouterr()
    assert "\n[Service]\nType=notify\n" in out
    assert err == "camclient: the unit expects the token in /etc/camclient/token, see there\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "camclient: missing: the camera id"),
        (["--camera-id", "1", "--name", "two\nlines"], "camclient: this cannot stand in a unit"),
    ],
)
def test_wrong_usage_is_one_line(
    options: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["service", *options]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(message)
    assert err.count("\n") == 1


@needs_systemd
@pytest.mark.parametrize(
    ("source", "worst"),
    [("test", 1.8), ("0", 2.0), ("exec:rpicam-vid --codec mjpeg -t 0 -o -", 2.0)],
)
def test_systemd_understands_all_of_it_and_finds_it_safe(
    source: str, worst: float, tmp_path: Path
) -> None:
    program = shutil.which("true")
    assert program  # systemd looks whether it is there
    settings = read_settings(
        {**BASIC, "source": source, "name": 'a "b" 50% $c'}, {"CAMCLIENT_HAS_MOTOR": "1"}
    )
    file = tmp_path / "camclient.service"
    file.write_text(str(make_unit(settings, [program])))
    verify(file)
    judge(file, worst)
