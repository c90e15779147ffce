"""The snippets of a page in Markdown, each with its mark: see CONTRIBUTING.md, "Docs"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

#: What a comment before a snippet may say; what is behind the colon has to be there.
MARK = re.compile(
    r"<!-- (?P<kind>run until|run|output|parsed|not run|text)(?:: (?P<detail>\S.*?))? -->"
)
PLAIN = {"run", "output"}  # marks without a colon
FENCE = re.compile(r"( *)(```+|~~~+)")


@dataclass(frozen=True, slots=True)
class Snippet:
    """Some lines that a page shows.

    kind: of its mark; "" when there is none
    detail: what stands behind the mark's colon
    """

    page: Path
    line: int
    kind: str
    detail: str
    text: str

    def __str__(self) -> str:
        return f"{self.page.name}:{self.line}"


def snippets(page: Path) -> list[Snippet]:
    """All of a page, in order."""
    lines = page.read_text(encoding="utf-8").splitlines()
    return [Snippet(page, first + 1, *_mark(lines[:first]), text) for first, text in _blocks(lines)]


def _mark(before: list[str]) -> tuple[str, str]:
    """What the last line before a snippet says of it; empty lines do not count."""
    last = next((line.strip() for line in reversed(before) if line.strip()), "")
    found = MARK.fullmatch(last)
    if found is None or (found["kind"] in PLAIN) != (found["detail"] is None):
        return "", ""
    return found["kind"], found["detail"] or ""


def _blocks(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The number of the first line of each block, from 0, and the block's text."""
    number = 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        if fence:
            end = _end_of_fence(lines, number + 1, fence[2])
            yield number, _text(lines[number + 1 : end], len(fence[1]))
            number = end + 1
        elif lines[number].startswith("    ") and not _continues_text(lines, number):
            end = _end_of_indent(lines, number)
            yield number, _text(lines[number:end], 4)
            number = end
        else:
            number += 1


def _end_of_fence(lines: list[str], number: int, fence: str) -> int:
    while number < len(lines) and not lines[number].strip().startswith(fence):
        number += 1
    return number


def _end_of_indent(lines: list[str], number: int) -> int:
    """After the last indented line; empty ones belong to it when more follow."""
    end = number
    while number < len(lines) and (lines[number].startswith("    ") or not lines[number].strip()):
        number += 1
        if lines[number - 1].strip():
            end = number
    return end


def _continues_text(lines: list[str], number: int) -> bool:
    """Whether the line before makes this one a part of its paragraph."""
    before = lines[number - 1].strip() if number else ""
    return bool(before) and not before.endswith("-->") and not before.startswith("#")


def _text(lines: list[str], indent: int) -> str:
    return "".join(f"{line[indent:] if not line[:indent].strip() else line}\n" for line in lines)
