import json
import os
from pathlib import Path

import pytest

from camserve.address import Addresses, published
from camserve.registry import Registry, Tokens, load_secret

from .conftest import Run

SECRET = "NOTsoSECRETsecretUsedFORtESTS1234908"


def expected_token(data_dir: Path, camera_id: int) -> str:
    with Registry.open(f"sqlite:///{data_dir}/camserve.sqlite3") as registry:
        return Tokens(load_secret(data_dir, None)).token(registry.get(camera_id))


def test_add_prints_what_the_camera_needs(camserve: Run, data_dir: Path) -> None:
    outcome = camserve("camera", "add", "front door")
    token = expected_token(data_dir, 1)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "id       1",
        f"token    {token}",
        "command  camclient --server ws://127.0.0.1:8001 --camera-id 1 --token " + token,
    ]


def test_add_as_json(camserve: Run, data_dir: Path) -> None:
    outcome = camserve("camera", "add", "Haustür", "--id", "7", "--json", "--ingest-port", "9001")
    token = expected_token(data_dir, 7)
    assert json.loads(outcome.out) == {
        "id": 7,
        "name": "Haustür",
        "token": token,
        "command": f"camclient --server ws://127.0.0.1:9001 --camera-id 7 --token {token}",
    }


def test_the_command_has_the_address_of_the_running_server(camserve: Run, data_dir: Path) -> None:
    data_dir.mkdir()
    here = Addresses("http://10.0.0.1:1/", "ws://10.0.0.1:2/video-input-stream")
    with published(data_dir, here):
        outcome = camserve("camera", "add", "front", "--ingest-host", "10.9.9.9")
    assert " --server ws://10.0.0.1:2 " in outcome.out
    outcome = camserve("camera", "add", "back", "--ingest-host", "10.9.9.9")
    assert " --server ws://10.9.9.9:8001 " in outcome.out


def test_the_command_when_no_address_can_be_known(
    camserve: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.cli.cameras.reachable_host", {"::": "2001:db8::5"}.__getitem__)
    outcome = camserve("camera", "add", "front", "--host", "::", "--ingest-port", "0")
    assert " --server ws://[2001:db8::5]:PORT " in outcome.out


def test_without_a_secret_no_camera_is_added(camserve: Run, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "secret").mkdir()
    assert camserve("camera", "add", "front").status == 1
    os.rmdir(data_dir / "secret")
    assert camserve("camera", "list", "--json").out == "[]\n"


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["add", "front"], 1, "front"),
        (["add", "back", "--id", "1"], 1, "1"),
        (["add", "back", "--id", "0"], 2, "id"),
        (["add", ""], 2, "name"),
        (["add", "\udcff"], 2, "name"),
        (["remove", "2"], 1, "no camera with id 2"),
        (["remove", "-1"], 1, "no camera with id -1"),
        (["token", "99999999999"], 1, "no camera with id 99999999999"),
        (["token", "2", "--rotate"], 1, "no camera with id 2"),
    ],
    ids=lambda value: ascii(" ".join(value)) if isinstance(value, list) else "",
)
def test_what_cannot_be_done_is_one_line(
    words: list[str], status: int, complaint: str, camserve: Run
) -> None:
    camserve("camera", "add", "front")
    outcome = camserve("camera", *words)
    assert outcome.status == status
    assert complaint in outcome.complaint


def test_list_when_there_is_none(camserve: Run) -> None:
    outcome = camserve("camera", "list")
    assert (outcome.status, outcome.out) == (
        0,
        "no cameras yet; add one with: camserve camera add NAME\n",
    )
    assert camserve("camera", "list", "--json").out == "[]\n"


def test_list(camserve: Run) -> None:
    camserve("camera", "add", "front", "--id", "10", "--description", "two\nlines", "--movable")
    camserve("camera", "add", "a longer name", "--id", "2", "--movable", "--allow-open-upload")
    camserve("camera", "add", "plain", "--id", "3")
    assert camserve("camera", "list").out.splitlines() == [
        "ID  NAME           DESCRIPTION  FLAGS",
        "2   a longer name               movable, open upload",
        "3   plain",
        "10  front          two\\nlines   movable",
    ]


def test_list_as_json(camserve: Run) -> None:
    camserve("camera", "add", "front", "--description", "two\nlines", "--movable")
    camserve("camera", "add", "back", "--allow-open-upload")
    assert json.loads(camserve("camera", "list", "--json").out) == [
        {
            "id": 1,
            "name": "front",
            "description": "two\nlines",
            "movable": True,
            "allow_open_upload": False,
        },
        {
            "id": 2,
            "name": "back",
            "description": "",
            "movable": False,
            "allow_open_upload": True,
        },
    ]


def test_remove(camserve: Run) -> None:
    camserve("camera", "add", "front")
    outcome = camserve("camera", "remove", "1")
    assert (outcome.status, outcome.out) == (0, "removed camera 1 (front)\n")
    assert camserve("camera", "list", "--json").out == "[]\n"


def test_token_prints_the_token_and_nothing_else(camserve: Run, data_dir: Path) -> None:
    camserve("camera", "add", "front")
    outcome = camserve("camera", "token", "1")
    assert (outcome.status, outcome.out, outcome.err) == (0, expected_token(data_dir, 1) + "\n", "")


def test_rotate(camserve: Run, data_dir: Path) -> None:
    camserve("camera", "add", "front")
    before = camserve("camera", "token", "1").out
    rotated = camserve("camera", "token", "1", "--rotate").out
    assert rotated != before
    assert rotated == camserve("camera", "token", "1").out == expected_token(data_dir, 1) + "\n"


def test_the_secret_may_be_given(camserve: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    camserve("camera", "add", "front")
    before = camserve("camera", "token", "1").out
    monkeypatch.setenv("CAMSERVE_SECRET", SECRET)
    assert camserve("camera", "token", "1").out != before


def test_another_database(camserve: Run, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path}/other.sqlite3"
    camserve("camera", "add", "front", "--database", other)
    assert camserve("camera", "list", "--json").out == "[]\n"
    assert "front" in camserve("camera", "list", "--database", other).out
