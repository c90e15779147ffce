"""Passwords and links with the real programs: what the commands print lets people in."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.processes import RealServer, eventually, python, real_server, run


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    path = tmp_path / "password"
    path.write_text("first\n")
    return path


@pytest.fixture
def server(tmp_path: Path, password_file: Path) -> Iterator[RealServer]:
    with real_server(tmp_path, CAMSERVE_VIEWER_PASSWORD_FILE=str(password_file)) as server:
        yield server


def command(data_dir: Path, *words: str) -> str:
    """`camserve …`, which has to work; the one line that it prints."""
    done = run(python("camserve", *words, "--data-dir", data_dir))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.removesuffix("\n")


def names(client: httpx.Client, watch: str) -> list[str] | int:
    """Which cameras are shown, else the status."""
    return _names(client.get(f"{watch}cameras"))


def names_by(password: str, watch: str) -> list[str] | int:
    return _names(httpx.get(f"{watch}cameras", auth=("anybody", password)))


def _names(answer: httpx.Response) -> list[str] | int:
    return [one["name"] for one in answer.json()] if answer.is_success else answer.status_code


def test_what_the_commands_print_lets_people_in(
    server: RealServer, tmp_path: Path, password_file: Path
) -> None:
    watch = f"http://127.0.0.1:{server.http_port}/"
    for name in ("front", "back"):
        command(tmp_path, "camera", "add", name, "--json")
    with httpx.Client() as stranger:
        eventually(lambda: names_by("first", watch) == ["front", "back"])
        assert names(stranger, watch) == 401

    shared = command(tmp_path, "camera", "share", "2", "--for", "2h")
    assert shared.startswith(f"{watch}?token=")
    with httpx.Client(follow_redirects=True) as friend:
        assert friend.get(shared).status_code == 200
        assert names(friend, watch) == ["back"]

        link = command(tmp_path, "admin-link")
        assert link.startswith(f"{watch}login?code=")
        with httpx.Client() as admin:
            assert admin.head(link).status_code == 200
            assert admin.get(link).status_code == 303
            added = admin.post(f"{watch}cameras", json={"name": "roof"})
            assert added.status_code == 201
            assert httpx.get(link).status_code == 401

            password_file.write_text("second\n")
            eventually(lambda: names_by("second", watch) != 401)
            assert names_by("first", watch) == 401
            # Neither rests on the password.
            assert names(friend, watch) == ["back"]
            assert names(admin, watch) == ["front", "back", "roof"]

        command(tmp_path, "camera", "token", "2", "--rotate")
        eventually(lambda: names(friend, watch) == 401)
    for secret in ("first", "second", link, shared, link.partition("=")[2]):
        assert secret not in server.program.err.text
