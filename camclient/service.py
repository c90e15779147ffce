"""`camclient service`: a systemd unit for the given settings."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from camclient.config import PREFIX, Config, read_settings
from camclient.exit_status import EXIT_OK
from camclient.unit import DRM, USB, VIDEO4LINUX, Unit
from camserve.settings import Loaded, SettingsError, as_option, as_text, given_outside_file
from camserve.unit import Credential, UnitError, owner_of_home

#: Where the token is expected when no file was named.
TOKEN_FILE = Path("/etc/camclient/token")
#: Never repeated in the unit: secrets, what becomes a credential, and what is for trying out.
LEFT_OUT = frozenset({"token", "token_file", "ca_file", "config", "dry_run"})
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
    if config.ca_file is not None:
        # As the token: it may lie where the service's user cannot read.
        credentials["ca.pem"] = config.ca_file
        command += ["--ca-file", Credential("ca.pem")]
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
        user=owner_of_home(
            [Path(program[0]), Path(sys.executable), Path(__file__), Path(_absolute(config.source))]
        ),
    )


def _options(loaded: Loaded[Config]) -> Iterator[str]:
    """What was given by option or variable, as options; what the file says, it says in the unit."""
    for one, value in given_outside_file(Config, loaded):
        if one.option and one.name not in LEFT_OUT:
            yield from as_option(one, _absolute(str(value)) if one.name == "source" else value)


def _variables(loaded: Loaded[Config]) -> Iterator[tuple[str, str]]:
    for one, value in given_outside_file(Config, loaded):
        if not one.option:
            yield PREFIX + one.name.upper(), as_text(value)


def _absolute(source: str) -> str:
    """The source, independent of where the program is started."""
    path = Path(source)
    return str(path.absolute()) if not source.isdecimal() and path.is_file() else source


def camera_devices(source: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What a service with this source may open, and the groups that it needs for it."""
    if source.startswith("exec:"):
        return PROGRAM_DEVICES, ("video",)
    if source.isdecimal() or source.startswith("/dev/"):
        return (VIDEO4LINUX,), ("video",)
    return (), ()


def _devices(config: Config) -> tuple[tuple[str, ...], tuple[str, ...]]:
    devices, groups = camera_devices(config.source)
    if config.has_motor:
        return (*devices, *PIN_DEVICES), (*groups, "gpio")
    return devices, groups
