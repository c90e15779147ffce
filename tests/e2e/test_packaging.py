"""What is built from this checkout installs and works elsewhere, with nothing of the checkout."""

import hashlib
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.clients import get, states
from tests.processes import ROOT, environment, eventually, ready, running

#: Seconds for pip: it downloads OpenCV, which has 50 MB.
PIP_TIMEOUT = 600


@dataclass(frozen=True)
class Built:
    wheel: Path
    sdist: Path


def outside(**variables: str) -> dict[str, str]:
    """An environment in which nothing points to the checkout."""
    clean = environment(**variables)
    del clean["PYTHONPATH"]
    return clean


def must(words: list[str | Path], cwd: Path, timeout: float = 120) -> str:
    """Run a command that has to work; its standard output."""
    done = subprocess.run(
        words, cwd=cwd, env=outside(), capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(source: Path, target: Path, *options: str) -> None:
    command: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", *options]
    must([*command, "--outdir", target, source], cwd=target.parent)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    target = tmp_path_factory.mktemp("dist")
    build(ROOT, target, "--wheel", "--sdist")
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    return Built(wheel, sdist)


class Installation:
    """A virtual environment with the wheel and nothing else in it."""

    def __init__(self, folder: Path, wheel: Path, extras: str = "") -> None:
        self.folder = folder
        # Without pip, which is slow to put in; ours can install there.
        must([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], cwd=folder)
        python = folder / "venv" / "bin" / "python"
        pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", python, "install", "-q"]
        must([*pip, f"{wheel}{extras}"], cwd=folder, timeout=PIP_TIMEOUT)

    def program(self, name: str, *words: str) -> list[str]:
        return [str(self.folder / "venv" / "bin" / name), *words]

    def run(self, name: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.program(name, *words),
            cwd=self.folder,
            env=outside(HOME=str(self.folder)),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture(scope="session")
def full(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("full"), built.wheel, "[server,camera]")


@pytest.fixture(scope="session")
def bare(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("bare"), built.wheel)


def contents(wheel: Path) -> dict[str, str]:
    """SHA-256 by name; but for the list of these, which the archive holds as well."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if not name.endswith("/RECORD")
        }


def tracked(folder: str) -> Iterator[str]:
    """The files of a folder, by their place in the checkout."""
    for file in (ROOT / folder).rglob("*"):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.relative_to(ROOT).as_posix()


def test_the_wheel_holds_both_packages_and_nothing_else(built: Built) -> None:
    names = {name for name in contents(built.wheel) if ".dist-info/" not in name}
    assert names == {*tracked("camserve"), *tracked("camclient")}
    assert {"camserve/py.typed", "camclient/py.typed"} <= names


def test_the_source_distribution_holds_tests_and_docs_and_builds_the_same_wheel(
    built: Built, tmp_path: Path
) -> None:
    with tarfile.open(built.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (source,) = tmp_path.iterdir()
    for folder in ("tests", "docs", "camserve", "camclient"):
        for name in tracked(folder):
            assert (source / name).is_file()
    for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "LICENSE", "noxfile.py"):
        assert (source / name).read_bytes() == (ROOT / name).read_bytes()
    target = tmp_path / "again"
    target.mkdir()
    build(source, target, "--wheel")
    (wheel,) = target.iterdir()
    assert wheel.name == built.wheel.name
    assert contents(wheel) == contents(built.wheel)


def test_the_installed_demo_has_its_page_pictures_and_migrations(full: Installation) -> None:
    words = full.program("camserve", "demo", "--port", "0", "--ingest-port", "0")
    home = full.folder / "elsewhere"
    home.mkdir()
    with running(words, cwd=home, env=outside(HOME=str(home), TMPDIR=str(home))) as program:
        server = ready(program)
        status, page = get(server.url("/"))
        assert status == 200
        assert b"<html" in page.lower()
        status, picture = get(server.url("/mocked-image"))
        assert (status, picture[:3]) == (200, b"\xff\xd8\xff")
        eventually(lambda: states(server) == ["online"] * 3)
        assert program.stop() == 0
    assert list(home.iterdir()) == []


def test_the_installed_commands_keep_their_data_in_the_users_directory(full: Installation) -> None:
    added = full.run("camserve", "camera", "add", "front", "--json")
    assert json.loads(added.stdout)["id"] == 1
    listed = full.run("camserve", "camera", "list")
    assert "front" in listed.stdout
    kept = {file.name for file in (full.folder / ".local/share/camserve").iterdir()}
    assert {"camserve.sqlite3", "secret"} <= kept


def test_the_bare_wheel_is_what_a_camera_needs(bare: Installation) -> None:
    site_packages = must(
        [*bare.program("python"), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        cwd=bare.folder,
    ).strip()
    compiled = [name for _, _, names in os.walk(site_packages) for name in names if ".so" in name]
    assert compiled == []  # ready-made binaries are rare for the smallest computers
    helped = bare.run("camclient", "--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "--server" in helped.stdout


@pytest.mark.parametrize(
    ("words", "extras"),
    [
        (("camserve", "run"), "camserve[server]"),
        (("camserve", "demo"), "camserve[server,camera]"),
        (("camserve", "camera", "add", "front"), "camserve[server]"),
        (
            ("camclient", "--server", "ws://127.0.0.1:1", "--camera-id", "1", "--token", "t"),
            "camserve[camera]",
        ),
    ],
    ids=["run", "demo", "camera add", "camclient"],
)
def test_the_bare_wheel_says_in_one_line_what_to_install(
    bare: Installation, words: tuple[str, ...], extras: str
) -> None:
    done = bare.run(*words)
    assert done.returncode in {1, 2}
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f'pip install "{extras}"' in done.stderr
