"""Which settings are in force, and where they came from. Never the token itself."""

from collections.abc import Mapping
from pathlib import Path

from camclient.config import Config
from camclient.doctor.finding import Finding, ok, warn
from camserve.settings import Loaded

SUBJECT = "settings"
WORLD_READABLE = 0o004


def check_settings(loaded: Loaded[Config]) -> Finding:
    """Say what was read from where; warn of misspelt variables and of a token in the open."""
    config = loaded.settings
    text = f"camera {config.camera_id}, source {config.source}"
    warnings = [*loaded.warnings, *_exposed_token(loaded)]
    hints = [*warnings, *_places(loaded.given)]
    if loaded.given.get("token", "").startswith("option"):
        # No warning: it is the command that `camserve camera add` prints.
        hints.append("ps shows a token that is an option; a file hides it: --token-file FILE")
    return warn(SUBJECT, text, *hints) if warnings else ok(SUBJECT, text, *hints)


def _places(given: Mapping[str, str]) -> list[str]:
    """One line for each place: "from the command line: server, token_file"."""
    names: dict[str, list[str]] = {}
    for name, where in given.items():
        names.setdefault(_place(where), []).append(name)
    return [f"from {place}: {', '.join(found)}" for place, found in names.items()]


def _place(where: str) -> str:
    kind, _, rest = where.partition(" ")
    if kind == "option":
        return "the command line"
    return "variables" if kind == "variable" else rest.partition(" in ")[2]


def _exposed_token(loaded: Loaded[Config]) -> list[str]:
    """The files in which every user of this computer can read the token."""
    config = loaded.settings
    in_file = loaded.given.get("token", "").startswith("key")
    holders = [config.token_file, config.config if in_file else None]
    return [
        f"everybody here can read the token: chmod o-r {path}"
        for path in holders
        if path is not None and _world_readable(path)
    ]


def _world_readable(path: Path) -> bool:
    try:
        return bool(path.stat().st_mode & WORLD_READABLE)
    except OSError:
        return False
