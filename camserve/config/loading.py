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

    Raises: SettingsError, also for settings that contradict each other; ModuleNotFoundError without
        platformdirs when no data directory is given.
    """
    first = load(_Where, prefix=PREFIX, arguments=arguments, environ=environ)
    file = first.settings.config
    loaded = load(
        Config,
        prefix=PREFIX,
        arguments=arguments,
        environ=environ,
        file=None if file is None else _read(file, first.given["config"]),
        file_name=str(file),
    )
    _check_together(loaded)
    return loaded


def _check_together(loaded: Loaded[Config]) -> None:
    config, given = loaded.settings, loaded.given
    password, password_file = map(given.get, ("viewer_password", "viewer_password_file"))
    if password and password_file:
        raise SettingsError(f"{password} and {password_file}: expected only one of the two")
    here, there = (config.host, config.port), (config.effective_ingest_host, config.ingest_port)
    if here == there and config.port != 0:
        raise SettingsError(
            f"port and ingest_port are both {config.port}: expected two different ones; "
            "cameras may connect to either"
        )


@dataclass(frozen=True, slots=True)
class _Where:
    """Where the settings file is: asked first, since the file cannot say it."""

    config: Path | None = setting(kinds.path(), None, help="", in_file=False)


def _read(file: Path, where: str) -> dict[str, object]:
    if not file.exists():
        raise SettingsError(f"{where}: expected a TOML file, but {file} does not exist")
    return read_toml(file)
