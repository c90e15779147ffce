"""The steps of the Containerfile, run as commands: no container engine is needed for that.

Its paths lie below a directory of the test, and nothing is downloaded: what pip would install is
there already, beside the tests.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.e2e.clients import get
from tests.processes import PATIENCE, ROOT, environment, ready, running

#: Directories of the image, which become directories of the test.
OURS = ("/src", "/opt/camserve", "/data")
STAGES = 2


@dataclass
class Image:
    """What the steps have made so far, and what they say of the running container."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    work: str = "/"
    words: dict[str, str] = field(default_factory=dict)

    def here(self, text: str) -> str:
        """Text of the image, with the test's directories in it."""
        for name in OURS:
            text = re.sub(rf"(?<![\w/]){name}\b", f"{self.root}{name}", text)
        return text

    def environment(self, **variables: str) -> dict[str, str]:
        # The test's own interpreter stands for that of the image.
        stand_ins = self.root / "bin"
        path = self.here(self.variables.get("PATH", "/usr/bin:/bin"))
        own, _, system = path.partition(":") if "camserve" in path else ("", "", path)
        given = {name: self.here(value) for name, value in self.variables.items()}
        variables["PATH"] = ":".join(filter(None, [own, str(stand_ins), system]))
        env = environment(**given)
        del env["PYTHONPATH"]
        return {**env, **variables}

    def run(self, command: str) -> None:
        done = subprocess.run(
            ["bash", "-ec", self.here(command)],
            cwd=self.here(self.work),
            env=self.environment(
                PIP_NO_INDEX="1",
                PIP_NO_BUILD_ISOLATION="false",  # which means: yes, none
                PIP_DISABLE_PIP_VERSION_CHECK="1",
                # pip sees in here that the requirements are met.
                PYTHONPATH=sysconfig.get_path("purelib"),
            ),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, f"RUN {command}\n{done.stdout}{done.stderr}"

    def copy(self, words: list[str]) -> None:
        if words[0].startswith("--from="):
            assert words[1] == words[2]  # from one stage to the other: here both are one
            return
        *sources, target = words
        for source in sources:
            there = Path(self.here(self.work)) / target
            if (ROOT / source).is_dir():
                hidden = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, there, ignore=hidden)
            else:
                shutil.copy(ROOT / source, there)


def steps() -> list[tuple[str, str]]:
    text = (ROOT / "Containerfile").read_text()
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.M).replace("\\\n", "")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return [(line.split()[0], line.partition(" ")[2].strip()) for line in lines]


def take(image: Image, name: str, rest: str) -> None:
    if name in {"ENV", "ARG"}:
        for word in rest.split():
            variable, _, value = word.partition("=")
            image.variables[variable] = value
    elif name == "WORKDIR":
        image.work = rest
        Path(image.here(rest)).mkdir()
    elif name == "COPY":
        image.copy(rest.split())
    elif name == "RUN":
        image.run(rest)
    elif name == "FROM":
        image.work = "/"
        image.variables.clear()
    else:
        assert name not in image.words, f"{name} stands there twice"
        image.words[name] = rest


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    root = tmp_path_factory.mktemp("image")
    (root / "bin").mkdir()
    (root / "opt").mkdir()
    (root / "bin/python3").symlink_to(sys.executable)
    (root / "bin/chown").symlink_to("/bin/true")  # takes root
    image = Image(root)
    for name, rest in steps():
        take(image, name, rest)
    # The libraries that pip found to be there; the package itself is the installed one.
    (package,) = root.glob("opt/camserve/lib/python*/site-packages/camserve")
    (package.parent / "there.pth").write_text(sysconfig.get_path("purelib"))
    return image


def test_it_is_what_a_careful_administrator_expects(image: Image) -> None:
    assert [name for name, _ in steps()].count("FROM") == STAGES
    assert image.words["USER"] == "10001:10001"
    assert image.words["VOLUME"] == image.variables["CAMSERVE_DATA_DIR"] == "/data"
    assert image.words["EXPOSE"] == "8000 8001"
    assert (image.root / "data").stat().st_mode & 0o777 == 0o700


def test_it_serves_is_healthy_and_stops(image: Image) -> None:
    command = json.loads(image.words["ENTRYPOINT"]) + json.loads(image.words["CMD"])
    options, _, check = image.words["HEALTHCHECK"].partition(" CMD ")
    assert "--start-period=" in options
    words = [image.here(word) for word in json.loads(check.replace("\\", ""))]
    env = image.environment(CAMSERVE_PORT="0", CAMSERVE_INGEST_PORT="0")
    found = shutil.which(command[0], path=env["PATH"])
    assert found
    assert Path(found).is_relative_to(image.root)

    def is_healthy() -> bool:
        return not subprocess.run(words, env=env, capture_output=True, timeout=PATIENCE).returncode

    assert not is_healthy()
    with running([found, *command[1:]], env=env, cwd=image.root) as program:
        server = ready(program)
        assert get(server.url("/hello"))[0] == 200
        assert is_healthy()
        assert program.stop() == 0
        assert image.words["STOPSIGNAL"] == "SIGTERM"
    assert not is_healthy()
    assert os.listdir(image.root / "data")


def test_a_build_sends_nothing_but_what_is_copied() -> None:
    kept = {
        line[1:]
        for line in (ROOT / ".containerignore").read_text().splitlines()
        if line.startswith("!")
    }
    copied = [
        rest.split()[:-1] for name, rest in steps() if name == "COPY" and "--from" not in rest
    ]
    assert {source for sources in copied for source in sources} == kept
