"""Putting the server's settings together."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from camserve.settings import Loaded, SettingsError, kinds, load, read_toml, setting

from .settings import Config

PREFIX = "CAMSERVE_"


def load_config(arguments: Mapping[str, object], environ: Mapping[str, str]) -> Loaded[Config]:
    """Read the settings file, if one is named, and put the settings together.

    arguments: the parsed command line, without what was not given.

    Raises: SettingsError; ModuleNotFoundError without platformdirs when no data directory is given.
    """
    first = load(_Where, prefix=PREFIX, arguments=arguments, environ=environ)
    file = first.settings.config
    return load(
        Config,
        prefix=PREFIX,
        arguments=arguments,
        environ=environ,
        file=None if file is None else _read(file, first.given["config"]),
        file_name=str(file),
    )


@dataclass(frozen=True, slots=True)
class _Where:
    """Where the settings file is: asked first, since the file cannot say it."""

    config: Path | None = setting(kinds.path(), None, help="", in_file=False)


def _read(file: Path, where: str) -> dict[str, object]:
    if not file.exists():
        raise SettingsError(f"{where}: expected a TOML file, but {file} does not exist")
    return read_toml(file)
