"""Settings files: TOML for the server, JSON for the client."""

import json
import tomllib
from pathlib import Path

from .errors import SettingsError


def read_toml(path: Path) -> dict[str, object]:
    """The top-level keys of a TOML file.

    Raises: SettingsError when it cannot be read or is not TOML, with the line.
    """
    text = _read(path)
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        end = f"at line {len(text.splitlines()) or 1}, the end of the file"
        reason = str(error).replace("at end of document", end)
        raise SettingsError(f"{path}: not valid TOML: {reason}") from error


def read_json(path: Path) -> dict[str, object]:
    """The members of a JSON file that holds one object.

    Raises: SettingsError when it cannot be read or is not a JSON object, with the line.
    """
    text = _read(path)
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError(f"{path}: not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise SettingsError(f"{path}: expected a JSON object, {{…}}, at line 1")
    return content


def _read(path: Path) -> str:
    try:
        # Editors on Windows put a byte order mark in front, which neither parser takes.
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{path}: not UTF-8 text at line {line}") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror or error}") from error
