"""The commands that README.md and CONTRIBUTING.md print are true."""

import re
import shlex
import sys
from pathlib import Path

import pytest

from tests.e2e.clients import get
from tests.processes import ROOT, environment, ready, running

MAKE_VENV = "python3 -m venv .venv && .venv/bin/pip install -q -e "
DOCUMENTS = ["README.md", "CONTRIBUTING.md"]


def code_blocks(document: str) -> list[str]:
    """The fenced ones."""
    return re.findall(r"^```\w*\n(.*?)\n```$", (ROOT / document).read_text(), re.DOTALL | re.M)


def shell_lines(document: str) -> list[str]:
    """Of fenced and of indented blocks."""
    text = (ROOT / document).read_text()
    indented = re.findall(r"(?<=\n)(?: {4}.+\n)+", text)
    return [
        line.strip() for block in [*code_blocks(document), *indented] for line in block.split("\n")
    ]


def test_the_first_two_blocks_are_one_line_each() -> None:
    first, second, *_ = code_blocks("README.md")
    assert first == f"{MAKE_VENV}'.[server,camera]' && .venv/bin/camserve demo"
    assert second == f"{MAKE_VENV}'.[test]' && .venv/bin/pytest"


def test_the_first_block_starts_the_demo(tmp_path: Path) -> None:
    last = code_blocks("README.md")[0].split(" && ")[-1]
    program, *words = shlex.split(last)
    assert program == ".venv/bin/camserve"
    # To the letter, but for the ports: the machine of the tests may use these for something else.
    variables = {"CAMSERVE_PORT": "0", "CAMSERVE_INGEST_PORT": "0", "TMPDIR": str(tmp_path)}
    with running([sys.executable, "-m", "camserve", *words], env=environment(**variables)) as demo:
        server = ready(demo)
        assert get(server.url("/"))[0] == 200
        assert demo.stop() == 0


@pytest.mark.parametrize("document", DOCUMENTS)
def test_commands_name_only_files_that_exist(document: str) -> None:
    made = {".venv"}  # by the commands themselves
    lines = shell_lines(document)
    assert lines
    for line in lines:
        for word in shlex.split(line):
            is_path = "/" in word and "://" not in word and not word.startswith("/")
            if is_path and Path(word).parts[0] not in made:
                assert (ROOT / word).exists(), line


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_and_named_files_exist(document: str) -> None:
    text = (ROOT / document).read_text()
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    named = re.findall(r"`((?:\.?\w+/)+[\w.]*|[\w]+\.(?:py|md|toml))`", text)
    places = [place for place in [*links, *named] if "://" not in place]
    assert places
    missing = [place for place in places if not (ROOT / place).exists()]
    assert missing == []
