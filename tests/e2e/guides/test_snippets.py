"""Which lines of a page are a snippet, and what its mark says."""

from pathlib import Path

import pytest

from tests.e2e.guides.commands import commands
from tests.e2e.guides.parsers import NotParsedError, parse
from tests.e2e.guides.snippets import snippets

PAGE = """\
# A page

<!-- run -->
    first \\
      line

    after an empty one

Text
    that goes on.

<!-- parsed: toml -->

```toml
<!-- run -->
a = 1
```

# Heading
    without mark
"""


def found(tmp_path: Path, text: str) -> list[tuple[str, str, str]]:
    page = tmp_path / "page.md"
    page.write_text(text)
    return [(one.kind, one.detail, one.text) for one in snippets(page)]


def test_snippets_and_their_marks(tmp_path: Path) -> None:
    assert found(tmp_path, PAGE) == [
        ("run", "", "first \\\n  line\n\nafter an empty one\n"),
        ("parsed", "toml", "<!-- run -->\na = 1\n"),
        ("", "", "without mark\n"),
    ]


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("<!-- run until: ready -->", "run until"),
        ("<!-- not run: needs a Pi -->", "not run"),
        ("<!-- output -->", "output"),
        ("<!-- run: now -->", ""),
        ("<!-- not run -->", ""),
        ("<!-- not run: -->", ""),
        ("<!-- parsed -->", ""),
        ("<!-- perhaps -->", ""),
        ("Text, and then <!-- run -->", ""),
        ("", ""),
    ],
)
def test_a_mark_has_to_be_one(tmp_path: Path, mark: str, kind: str) -> None:
    ((got, _, _),) = found(tmp_path, f"{mark}\n\n    command\n")
    assert got == kind


def test_commands_are_found_behind_what_stands_before_them() -> None:
    text = (
        "sudo -u pi A=1 camserve camera list 2>/dev/null | grep front  # camserve run\n"
        "echo camclient; /opt/x/bin/camclient \\\n  --token $(camserve camera token 1) > log\n"
        "camserve service ... | sudo tee x\n"
    )
    assert commands(text) == [
        ["camserve", "camera", "list"],
        ["camserve", "camera", "token", "1"],
        ["camclient", "--token", "1"],
    ]


@pytest.mark.parametrize(
    ("language", "right", "wrong"),
    [
        ("toml", "a = 1", "a = = 1"),
        ("json", '{"a": 1}', "{'a': 1}"),
        ("yaml", "a: !secret b", "a: [1"),
        ("ini", "[a]\nb = 1", "b = 1"),
        ("python", "import a", "import"),
        ("shell", "echo $(ls)", "echo $(ls"),
        ("systemd", "[Service]\nExecStart=/x/y\nWatchdogSec=3", "[Service]\nWatchdog=3"),
    ],
)
def test_parsers_tell_right_from_wrong(
    language: str, right: str, wrong: str, tmp_path: Path
) -> None:
    parse(language, right, tmp_path)
    with pytest.raises(Exception) as refused:  # each parser has its own
        parse(language, wrong, tmp_path)
    assert not isinstance(refused.value, AssertionError)


def test_an_unknown_language(tmp_path: Path) -> None:
    with pytest.raises(NotParsedError, match="no parser for 'klingon'"):
        parse("klingon", "", tmp_path)
