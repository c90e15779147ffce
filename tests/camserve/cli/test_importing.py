"""`camserve camera import`, with a real PostgreSQL."""

import json
from pathlib import Path

import pytest

from camserve.registry import Camera, Registry
from tests.old_server import execute, old_database
from tests.postgres import PostgresServer

from .conftest import Run

ROWS = [(1, "front", "at the door", "a" * 64), (2, "back", None, "b" * 64)]


def cameras(data_dir: Path) -> list[Camera]:
    with Registry.open(f"sqlite:///{data_dir}/camserve.sqlite3") as registry:
        return registry.cameras()


def test_a_line_for_each_camera(camserve: Run, data_dir: Path, postgres: PostgresServer) -> None:
    url = old_database(postgres, ROWS)
    outcome = camserve("camera", "import", url)
    assert (outcome.status, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        "camera 1 (front): imported",
        "camera 2 (back): imported",
        "2 imported",
    ]
    assert [(camera.id, camera.name, camera.movable) for camera in cameras(data_dir)] == [
        (1, "front", False),
        (2, "back", False),
    ]
    assert camserve("camera", "import", url).out.splitlines() == [
        "camera 1 (front): present",
        "camera 2 (back): present",
        "2 present",
    ]


def test_conflicts_are_told_and_everything_else_comes(
    camserve: Run, data_dir: Path, postgres: PostgresServer
) -> None:
    url = old_database(postgres, [*ROWS, (3, " front", "", ""), (-4, "a\nb", None, "x")])
    camserve("camera", "add", "garage", "--id", "2", "--description", "ours")
    outcome = camserve("camera", "import", url, "--movable")
    assert outcome.status == 1
    assert outcome.err == "camserve: 2 of 4 cameras cannot be imported\n"
    assert outcome.out.splitlines() == [
        "camera -4 (a\\nb): refused; ids are whole numbers from 1 to 2147483647",
        "camera 1 (front): imported",
        'camera 2 (back): refused; its id is taken here by "garage"',
        'camera 3 ( front): imported; its name is now "front (3)"; its token is empty: give it '
        "that of camserve camera token 3",
        "2 refused, 2 imported",
    ]
    assert [(camera.name, camera.description, camera.movable) for camera in cameras(data_dir)] == [
        ("front", "at the door", True),
        ("garage", "ours", False),
        ("front (3)", "", True),
    ]


def test_json(camserve: Run, data_dir: Path, postgres: PostgresServer) -> None:
    url = old_database(postgres, [(1, " Tür", None, "a"), (0, "none", None, "a")])
    outcome = camserve("camera", "import", url, "--json")
    assert (outcome.status, outcome.out.count("\n")) == (1, 1)
    assert json.loads(outcome.out) == [
        {
            "id": 0,
            "name": "none",
            "outcome": "refused",
            "notes": ["ids are whole numbers from 1 to 2147483647"],
        },
        {"id": 1, "name": " Tür", "outcome": "imported", "notes": ['its name is now "Tür"']},
    ]


def test_a_dry_run_changes_nothing(camserve: Run, data_dir: Path, postgres: PostgresServer) -> None:
    url = old_database(postgres, ROWS)
    outcome = camserve("camera", "import", url, "--dry-run")
    assert outcome.status == 0
    assert outcome.out.splitlines()[-1] == "2 imported (dry run: nothing was changed)"
    assert cameras(data_dir) == []


def test_a_server_without_cameras(camserve: Run, postgres: PostgresServer) -> None:
    outcome = camserve("camera", "import", old_database(postgres))
    assert (outcome.status, outcome.out) == (0, "the old server has no cameras\n")


def test_into_the_same_database(camserve: Run, postgres: PostgresServer) -> None:
    url = old_database(postgres, ROWS)
    assert camserve("camera", "import", url, "--database", url).status == 0
    assert camserve("camera", "import", url, "--database", url).out.endswith("2 present\n")
    execute(url, "SELECT last_active FROM camera WHERE token = :token", {"token": "a" * 64})


@pytest.mark.parametrize(
    ("words", "status", "complaint"),
    [
        (["postgresql://camera:s3cret@127.0.0.1:1/camera"], 1, "check that its server runs"),
        (["Host=localhost;Password=s3cret"], 2, "expected postgresql://"),
        (["postgresql://camera:s3", "cret@localhost/camera"], 2, "quote the URL"),
        (["postgresql://camera:s3", "-cret@localhost/camera"], 2, "quote the URL"),
        (["postgresql://localhost/camera", "--dryrun"], 2, "unknown option --dryrun"),
        ([], 2, "required: URL"),
    ],
)
def test_what_cannot_be_done_is_one_line_without_the_password(
    camserve: Run, data_dir: Path, words: list[str], status: int, complaint: str
) -> None:
    outcome = camserve("camera", "import", *words)
    assert outcome.status == status
    assert complaint in outcome.complaint
    assert "cret" not in outcome.complaint
    assert not data_dir.exists()


def test_no_token_is_shown(camserve: Run, postgres: PostgresServer) -> None:
    outcome = camserve("camera", "import", old_database(postgres, ROWS), "--log-level", "debug")
    assert "a" * 64 not in outcome.out + outcome.err
