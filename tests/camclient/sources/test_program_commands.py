"""What a command may look like, and what is said about one that cannot be started."""

from pathlib import Path

import pytest

from camclient.sources import (
    EndedWellError,
    InvalidSourceError,
    SourceError,
    SourceOptions,
    parse_source,
)
from camclient.sources.program import ProgramSource, program_source
from tests.camclient.sources.jpeg_streams import picture
from tests.camclient.sources.programs import files, opened, program


@pytest.mark.parametrize(
    ("word", "content", "mode", "message"),
    [
        (
            "no-such-program",
            None,
            0,
            r"^there is no program no-such-program \(is it installed\?\)$",
        ),
        ("./missing", None, 0, r"^there is no program \./missing "),
        ("/etc", None, 0, r"^no permission to run /etc$"),
        ("{}", b"#!/bin/sh\n", 0o644, r"^no permission to run /.*program$"),
        ("{}", b"#!/no/such/shell\n", 0o755, r"^/.*program is a script for an interpreter that is"),
        ("{}", b"\x7fELF for another computer", 0o755, r"cannot be started: Exec format error$"),
    ],
)
def test_what_cannot_be_started(
    tmp_path: Path, word: str, content: bytes | None, mode: int, message: str
) -> None:
    path = tmp_path / "program"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    source = program_source("exec:" + word.format(path), SourceOptions())
    with pytest.raises(SourceError, match=message):
        source.open()
    source.close()


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("exec:rpicam-vid -t 0 -o -", ["rpicam-vid", "-t", "0", "-o", "-"]),
        ("exec: 'a program'  \"with words\" '' x\\ y", ["a program", "with words", "", "x y"]),
        ("exec:sh -c 'a | b > $HOME' # c", ["sh", "-c", "a | b > $HOME", "#", "c"]),
    ],
)
def test_words_are_split_as_a_shell_would(spec: str, words: list[str]) -> None:
    source = program_source(spec, SourceOptions())
    assert source._words == words
    assert source.name == "exec:" + words[0]


def test_no_shell_runs(tmp_path: Path) -> None:
    source = program_source(f"exec:echo $HOME * > {tmp_path / 'file'}", SourceOptions())
    with opened(source), pytest.raises(SourceError, match="echo ended with status 0"):
        source.read()
    assert list(tmp_path.iterdir()) == []


def read_to_the_end(source: ProgramSource) -> None:
    while True:
        source.read()


@pytest.mark.parametrize(
    ("count", "status", "told"),
    [
        (0, 0, "sh ended with status 0"),
        (1, 0, "sh gave 1 picture, then ended with status 0"),
        (3, 0, "sh gave 3 pictures, then ended with status 0"),
        (3, 5, "sh ended with status 5"),  # there may be another number each time
    ],
)
def test_a_program_that_is_over_is_told_with_what_it_gave(
    tmp_path: Path, count: int, status: int, told: str
) -> None:
    jpegs = files(tmp_path, *[picture(seed, size=16) for seed in range(count)])
    with opened(program(f"cat {jpegs} < /dev/null; exit {status}")) as source:
        with pytest.raises(SourceError) as caught:
            read_to_the_end(source)
        assert str(caught.value) == told
        assert isinstance(caught.value, EndedWellError) == ("gave" in told)


@pytest.mark.parametrize("command", ["", " ", "''", "'' x", "a 'b", 'a "', "a\\", "a \0 b"])
def test_what_is_no_command(command: str) -> None:
    with pytest.raises(InvalidSourceError, match=r"^expected .*exec:"):
        parse_source("exec:" + command)
