"""`camclient service`: a systemd unit for the given settings."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from camclient.config import PREFIX, Config, read_settings
from camclient.exit_status import EXIT_OK
from camclient.unit import DRM, USB, VIDEO4LINUX, Credential, Unit, UnitError
from camserve.settings import Loaded, SettingsError, declared

#: Where the token is expected when no file was named.
TOKEN_FILE = Path("/etc/camclient/token")
HOMES = (Path("/home"), Path("/root"))
#: Never repeated in the unit: secrets, what becomes a credential, and what is for trying out.
LEFT_OUT = frozenset({"token", "token_file", "config", "dry_run"})
#: What programs like rpicam-vid, ffmpeg and gphoto2 open.
PROGRAM_DEVICES = (VIDEO4LINUX, "char-media", "char-dma_heap", DRM, USB, "/dev/vchiq")
PIN_DEVICES = ("char-gpiochip", "/dev/gpiomem")


def main(arguments: Mapping[str, object], environ: Mapping[str, str]) -> int:
    """Print the unit on standard output; returns the exit status.

    Raises:
        SettingsError: as for a real run, but server and token may be missing.
    """
    loaded = read_settings(arguments, environ)
    unit = make_unit(loaded, program())
    try:
        text = str(unit)
    except UnitError as error:
        raise SettingsError(str(error)) from error
    print(text, end="")
    if unit.token_hint:
        print(
            f"camclient: the unit expects the token in {unit.token_hint}, see there",
            file=sys.stderr,
        )
    return EXIT_OK


def program() -> list[str]:
    """How this program was started, for a service manager that knows no PATH."""
    name = sys.argv[0]
    found = shutil.which(name) if Path(name).name == "camclient" else None
    return [os.path.abspath(found)] if found else [sys.executable, "-m", "camclient"]


def make_unit(loaded: Loaded[Config], program: Sequence[str]) -> Unit:
    """The unit for these settings.

    program: the command without options.
    """
    config, given = loaded.settings, loaded.given
    credentials = dict[str, Path]()
    command = list(program)
    if config.config is not None:
        credentials["config.json"] = config.config
        command += ["--config", Credential("config.json")]
    hint: Path | None = None
    if config.token_file is not None:
        credentials["token"] = config.token_file
    elif not given.get("token", "").startswith("key "):
        credentials["token"] = hint = TOKEN_FILE
    if "token" in credentials:
        command += ["--token-file", Credential("token")]
    devices, groups = _devices(config)
    return Unit(
        camera_id=config.camera_id,
        command=[*command, *_options(loaded)],
        credentials=credentials,
        token_hint=hint,
        environment=dict(_variables(loaded)),
        devices=devices,
        groups=groups,
        user=_owner_of_home(
            [Path(program[0]), Path(sys.executable), Path(__file__), Path(_absolute(config.source))]
        ),
    )


def _options(loaded: Loaded[Config]) -> Iterator[str]:
    """What was given by option or variable, as options; what the file says, it says in the unit."""
    for one in declared(Config):
        if one.name in LEFT_OUT or not one.option or not _outside_of_file(loaded, one.name):
            continue
        value: object = getattr(loaded.settings, one.name)
        if one.kind.flag:
            yield one.option_name if value else one.option_name.replace("--", "--no-", 1)
        elif one.name == "source":
            yield from (one.option_name, _absolute(str(value)))
        else:
            yield from (one.option_name, _text(value))


def _variables(loaded: Loaded[Config]) -> Iterator[tuple[str, str]]:
    for one in declared(Config):
        if not one.option and _outside_of_file(loaded, one.name):
            yield PREFIX + one.name.upper(), _text(getattr(loaded.settings, one.name))


def _outside_of_file(loaded: Loaded[Config], name: str) -> bool:
    return name in loaded.given and not loaded.given[name].startswith("key ")


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return ",".join(str(part) for part in value)
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def _absolute(source: str) -> str:
    """The source, independent of where the program is started."""
    path = Path(source)
    return str(path.absolute()) if not source.isdecimal() and path.is_file() else source


def _devices(config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the service may open, and the groups that it needs for it."""
    devices = list[str]()
    groups = list[str]()
    if config.source.startswith("exec:"):
        devices += PROGRAM_DEVICES
        groups.append("video")
    elif config.source.isdecimal() or config.source.startswith("/dev/"):
        devices.append(VIDEO4LINUX)
        groups.append("video")
    if config.has_motor:
        devices += PIN_DEVICES
        groups.append("gpio")
    return tuple(devices), tuple(groups)


def _owner_of_home(paths: Sequence[Path]) -> str | None:
    """Whose home directory one of these lies in; links are followed, as Python's in a venv."""
    for path in filter(Path.is_absolute, paths):
        for place in (path, path.resolve()):
            for homes in HOMES:
                if place.is_relative_to(homes):
                    return "root" if homes == Path("/root") else place.parts[2]
    return None
