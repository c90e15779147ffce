import json
from pathlib import Path

import pytest

from camclient.config import load_config
from camclient.doctor.finding import Finding, Verdict
from camclient.doctor.settings import check_settings

SECRET = "5f0c5f0c"


def check(arguments: dict[str, object], **environ: str) -> Finding:
    return check_settings(load_config({"server": "ws://x", **arguments}, environ))


def test_it_says_what_was_read_from_where_but_never_the_token(tmp_path: Path) -> None:
    file = tmp_path / "camera.json"
    file.write_text(json.dumps({"cameraId": 7, "fps": 10}))
    finding = check({"config": str(file)}, CAMCLIENT_TOKEN=SECRET, CAMCLIENT_SOURCE="test")
    assert finding.verdict is Verdict.OK
    assert finding.text == "camera 7, source test"
    assert "from the command line: server, config" in finding.hints
    assert "from variables: token, source" in finding.hints
    assert f"from {file}: camera_id, fps" in finding.hints
    assert SECRET not in str(finding)


def test_a_misspelt_variable_is_a_warning() -> None:
    finding = check({"camera_id": "1"}, CAMCLIENT_TOKEN=SECRET, CAMCLIENT_QALITY="3")
    assert finding.verdict is Verdict.WARN
    assert finding.hints[0] == "unknown variable CAMCLIENT_QALITY; did you mean CAMCLIENT_QUALITY?"


def test_a_token_on_the_command_line_is_mentioned_and_no_fault() -> None:
    finding = check({"camera_id": "1", "token": SECRET})
    assert finding.verdict is Verdict.OK
    assert finding.hints[-1].endswith("--token-file FILE")
    assert SECRET not in str(finding)


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_token_file_that_everybody_can_read_is_a_warning(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "token"
    file.write_text(SECRET)
    file.chmod(mode)
    finding = check({"camera_id": "1", "token_file": str(file)})
    exposed = f"everybody here can read the token: chmod o-r {file}" in finding.hints
    assert exposed is (mode == 0o644)
    assert finding.is_well is not exposed


@pytest.mark.parametrize("key", ["cameraToken", "token"])
def test_so_is_a_settings_file_with_the_token_in_it(tmp_path: Path, key: str) -> None:
    file = tmp_path / "camera.json"
    file.write_text(json.dumps({"cameraId": 7, key: SECRET}))
    file.chmod(0o644)
    assert check({"config": str(file)}).verdict is Verdict.WARN
    file.write_text(json.dumps({"cameraId": 7}))
    assert check({"config": str(file)}, CAMCLIENT_TOKEN=SECRET).verdict is Verdict.OK
