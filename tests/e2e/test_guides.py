"""Every snippet of the guides does what its mark says, and what they point at is there.

CONTRIBUTING.md, "Docs", explains the marks.
"""

import json
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from camclient.sources import SourceOptions
from camclient.sources.program import program_source
from camserve.registry import Registry
from tests.e2e.clients import states
from tests.e2e.conftest import Recording
from tests.e2e.guides.commands import camclient_settings, commands, understand
from tests.e2e.guides.parsers import parse
from tests.e2e.guides.runner import Workplace
from tests.e2e.guides.snippets import Snippet, snippets
from tests.processes import (
    ROOT,
    RealServer,
    environment,
    eventually,
    python,
    ready,
    register,
    running,
)

GUIDES = sorted((ROOT / "docs/how_to_guides").glob("*.md"))
TUTORIALS = sorted((ROOT / "docs/tutorials").glob("*.md"))
#: Here snippets have no marks, yet the commands have to be right.
OTHERS = [ROOT / "README.md", *sorted((ROOT / "docs/reference").glob("*.md"))]
MARKED = {page: snippets(page) for page in GUIDES + TUTORIALS}
RUN = {"run", "run until"}
SHELL = {*RUN, "not run"}


def of_kinds(*kinds: str) -> list[Snippet]:
    return [one for found in MARKED.values() for one in found if one.kind in kinds]


def shell(page: Path) -> list[Snippet]:
    found = snippets(page)
    if page in MARKED:
        return [one for one in found if one.kind in SHELL or one.detail == "shell"]
    return found


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("guides")


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[RealServer]:
    """A demo whose cameras are there already."""
    words = python("camserve", "demo", "--port", "0", "--ingest-port", "0", "--data-dir", data_dir)
    with running(words, env=environment()) as program:
        server = ready(program)
        eventually(lambda: states(server) == ["online"] * 3)
        yield server


@contextmanager
def own_camera(data_dir: Path) -> Iterator[tuple[int, str]]:
    """A camera of the page, id and token; in the end all cameras go that the demo did not bring."""
    ((camera_id, token),) = register(data_dir, "of the page")
    try:
        yield camera_id, token
    finally:
        registry = Registry.open(f"sqlite:///{data_dir}/camserve.sqlite3")
        for camera in registry.cameras():
            if camera.id >= camera_id:
                registry.remove(camera.id)
        registry.close()


@pytest.mark.parametrize("page", MARKED, ids=lambda page: page.stem)
def test_every_snippet_says_what_becomes_of_it(page: Path) -> None:
    assert [str(one) for one in MARKED[page] if not one.kind] == [], "see CONTRIBUTING.md, Docs"


@pytest.mark.parametrize(
    "page", [page for page, found in MARKED.items() if any(one.kind in RUN for one in found)],
    ids=lambda page: page.stem,
)  # fmt: skip
def test_what_can_run_here_runs(
    page: Path, server: RealServer, data_dir: Path, tmp_path: Path, recording: Recording
) -> None:
    work = Workplace(server, data_dir, tmp_path)
    with own_camera(data_dir) as (camera_id, token):
        lines = {"cameraId": camera_id, "cameraToken": token, "webSocketEndpoint": server.ingest}
        (work.work / "camera-config.json").write_text(json.dumps(lines))
        (work.work / "clip.mp4").symlink_to(recording.file)
        for snippet in MARKED[page]:
            if snippet.kind == "run":
                work.run(snippet)
            elif snippet.kind == "run until":
                work.run_until(snippet)
            elif snippet.kind == "output":
                work.compare(snippet)


@pytest.mark.parametrize("snippet", of_kinds("parsed"), ids=str)
def test_what_has_a_parser_is_parsed(snippet: Snippet, tmp_path: Path) -> None:
    parse(snippet.detail, snippet.text, tmp_path)


@pytest.mark.parametrize("snippet", of_kinds("not run"), ids=str)
def test_what_cannot_run_here_is_proper_shell(snippet: Snippet, tmp_path: Path) -> None:
    parse("shell", snippet.text, tmp_path)


@pytest.mark.parametrize("page", [*MARKED, *OTHERS], ids=lambda page: page.stem)
def test_our_programs_understand_their_commands(page: Path) -> None:
    for snippet in shell(page):
        for words in commands(snippet.text):
            understand(words)


def sources(page: Path) -> list[str]:
    given = [
        camclient_settings(words[1:])
        for snippet in shell(page)
        for words in commands(snippet.text)
        if words[0] == "camclient"
    ]
    return [str(one["source"]) for one in given if "source" in one]


@pytest.mark.parametrize("page", GUIDES, ids=lambda page: page.stem)
def test_programs_for_sources_are_split_as_they_look(page: Path) -> None:
    for source in sources(page):
        if source.startswith("exec:"):
            program_source(source, SourceOptions())
            assert not set(source) & set("|<>;&$`"), "no shell runs it"


def test_the_guides_show_programs_for_sources() -> None:
    programs = {
        shlex.split(s)[0] for page in GUIDES for s in sources(page) if s.startswith("exec:")
    }
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
