"""What the guides tell people to type is understood, and what they point at is there."""

import re
import shlex
from pathlib import Path

import pytest

from camclient import cli
from camclient.config import load_config
from camclient.sources import SourceOptions
from camclient.sources.program import program_source
from tests.processes import ROOT

GUIDES = sorted((ROOT / "docs/how_to_guides").glob("*.md"))
TUTORIALS = sorted((ROOT / "docs/tutorials").glob("*.md"))


def camclient_commands(page: Path) -> list[list[str]]:
    """The words after `camclient`, of each line of an indented block that runs it."""
    found = []
    for line in re.findall(r"^ {4}(.+)$", page.read_text(), re.M):
        command = line.split(" | sudo tee ")[0].removeprefix("sudo ")
        words = shlex.split(command, comments=True) if "camclient " in command else []
        if words and Path(words[0]).name == "camclient":
            found.append(words[1:])
    return found


def settings_of(words: list[str]) -> dict[str, object]:
    """As camclient's own command line understands them."""
    command = words[0] if words[0] in cli.COMMANDS else None
    return vars(cli._parser(command).parse_args(words[1:] if command else words))


def sources(page: Path) -> list[str]:
    return [str(settings_of(words).get("source", "0")) for words in camclient_commands(page)]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_camclient_understands_its_commands(page: Path) -> None:
    commands = camclient_commands(page)
    assert commands
    for words in commands:
        given = settings_of(words)
        for name in ("config", "token_file"):  # not on this computer
            given.pop(name, None)
        assert load_config({"server": "ws://x", "camera_id": "1", "token": "x", **given}, {})


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_programs_for_sources_are_split_as_they_look(page: Path) -> None:
    for source in sources(page):
        if source.startswith("exec:"):
            program_source(source, SourceOptions())
            assert not set(source) & set("|<>;&$`"), "no shell runs it"


def test_the_guides_show_programs_for_sources() -> None:
    programs = {s.split()[0] for page in GUIDES for s in sources(page) if s.startswith("exec:")}
    assert {"exec:rpicam-vid", "exec:ffmpeg", "exec:gphoto2"} <= programs


@pytest.mark.parametrize("page", GUIDES + TUTORIALS, ids=lambda page: page.stem)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    missing = [link for link in links if "://" not in link and not (page.parent / link).exists()]
    assert missing == []


def test_pages_that_programs_name_exist() -> None:
    code = [*ROOT.glob("camclient/**/*.py"), *ROOT.glob("camserve/**/*.py")]
    named = {name for path in code for name in re.findall(r"docs/[\w/]+\.md", path.read_text())}
    assert "docs/how_to_guides/camera_modules.md" in named
    assert [name for name in named if not (ROOT / name).exists()] == []
