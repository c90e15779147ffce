"""Other programs of this computer, as far as /proc shows them to us."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePath

PROGRAM = "camclient"


def holders(device: Path, proc: Path) -> list[str]:
    """Who has this device open: "motion (process 812)". Without root: only this user's programs."""
    target = os.path.realpath(device)
    return [
        f"{_name(process)} (process {process.name})"
        for process in _others(proc)
        if any(link == target for link in _open_files(process))
    ]


def publishers(proc: Path) -> list[int]:
    """The process ids of other camclients that push pictures, or would."""
    return [int(process.name) for process in _others(proc) if _is_publisher(_words(process))]


def _others(proc: Path) -> Iterator[Path]:
    ours = {str(os.getpid()), str(os.getppid())}
    try:
        found = sorted(path for path in proc.iterdir() if path.name.isdigit())
    except OSError:
        return
    yield from (path for path in found if path.name not in ours)


def _open_files(process: Path) -> Iterator[str]:
    try:
        for entry in (process / "fd").iterdir():
            yield str(entry.readlink())
    except OSError:  # another user's, or it has just ended
        return


def _name(process: Path) -> str:
    words = _words(process)
    if any(PurePath(word).name == PROGRAM for word in words[:3]):
        return PROGRAM  # rather than python3
    try:
        return (process / "comm").read_text(errors="replace").strip()
    except OSError:
        return "a program"


def _words(process: Path) -> list[str]:
    try:
        return (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def _is_publisher(words: list[str]) -> bool:
    # `python3 /usr/bin/camclient ...`, `python3 -m camclient ...`
    for position, word in enumerate(words[:4]):
        if PurePath(word).name == PROGRAM:
            runs_python = position == 0 or PurePath(words[0]).name.startswith("python")
            return runs_python and not {"doctor", "service", "--dry-run"} & set(words)
    return False
