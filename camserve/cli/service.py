"""`camserve service`: units of systemd for the given settings."""

import ipaddress
import os
import pwd
import shutil
import stat
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from camserve.address import is_loopback, is_wildcard, url_host
from camserve.cli.errors import CommandError
from camserve.config import PREFIX, Config
from camserve.server_unit import ENVIRONMENT_FILE, STATE_DIRECTORY, ServiceUnit, SocketUnit
from camserve.settings import Loaded, as_option, given_outside_file
from camserve.unit import HOMES, Credential, UnitError, owner_of_home

STATE = Path("/var/lib")
#: Said in the unit in another way, or never.
LEFT_OUT = frozenset({"data_dir", "config", "viewer_password_file", "certfile", "keyfile"})
#: Files of settings: how the credential is called that takes the place of one.
FILES = {
    "config": "config.toml",
    "viewer_password_file": "viewer-password",
    "certfile": "certificate.pem",
    "keyfile": "key.pem",
}
LOW_PORTS = 1024  # ports below are for root
SOCKETS = {"http": "viewers", "ingest": "cameras"}


def service(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Print one unit. Raises: CommandError when the settings cannot stand in one."""
    try:
        wanted = arguments.get("socket")
        unit = make_socket(loaded.settings, str(wanted)) if wanted else make_service(loaded)
        text = str(unit)
    except UnitError as error:
        raise CommandError(str(error), 2) from error
    sys.stdout.write(text)
    if isinstance(unit, ServiceUnit) and unit.secrets:
        sys.stderr.write(
            f"camserve: the unit expects {', '.join(unit.secrets)} in {ENVIRONMENT_FILE},"
            " see there\n"
        )


def make_service(loaded: Loaded[Config], program: Sequence[str] = ()) -> ServiceUnit:
    """The unit that runs the server with these settings.

    program: the command without options; default: as this one was started.

    Raises: UnitError.
    """
    config = loaded.settings
    program = program or _program()
    state, user = _data(loaded)
    user = user or owner_of_home([Path(program[0]), Path(sys.executable), Path(__file__)])
    data_dir = STATE / state if state else config.data_dir
    credentials = dict[str, Path]()
    words = [*program, "run"]
    for name, credential in FILES.items():
        file: Path | None = getattr(config, name)
        if file is None:
            continue
        # What only root can read is handed over. The others stay where they are: their changes
        # are seen while the server runs.
        handed_over = not _readable(file, user)
        if handed_over:
            credentials[credential] = file
        if handed_over or _said_outside(loaded, name):
            option = f"--{name.replace('_', '-')}"
            words += [option, Credential(credential) if handed_over else str(file)]
    secrets = list[str]()
    for one, value in given_outside_file(Config, loaded):
        if one.secret:
            secrets.append(PREFIX + one.name.upper())
        elif one.option and one.name not in LEFT_OUT:
            words += as_option(one, value)
    devices, groups = _devices(config.local_camera)
    return ServiceUnit(
        command=[*words, "--data-dir", str(data_dir)],
        data_dir=data_dir,
        state_directory=state,
        user=user,
        credentials=credentials,
        secrets=secrets,
        binds_low_ports=any(0 < port < LOW_PORTS for port in (config.port, config.ingest_port)),
        waits_for_network=any(
            not is_wildcard(host) and not is_loopback(host)
            for host in (config.host, config.effective_ingest_host)
        ),
        devices=devices,
        groups=groups,
        reloads=FILES["config"] not in credentials,
    )


def make_socket(config: Config, name: str) -> SocketUnit:
    """The unit of the sockets for viewers (`http`) or cameras (`ingest`).

    Raises: UnitError.
    """
    host, port = (
        (config.host, config.port)
        if name == "http"
        else (config.effective_ingest_host, config.ingest_port)
    )
    if port == 0:
        option = "--port" if name == "http" else "--ingest-port"
        raise UnitError(f"a socket unit needs a port of its own: expected {option} above 0")
    return SocketUnit(name, SOCKETS[name], [f"{url_host(one)}:{port}" for one in _addresses(host)])


def _addresses(host: str) -> list[str]:
    if host == "localhost":
        return ["127.0.0.1", "::1"]
    try:
        return [str(ipaddress.ip_address(host or "0.0.0.0"))]
    except ValueError:
        raise UnitError(f"systemd listens on addresses and knows no names: {host!r}") from None


def _devices(local_camera: str | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the server's own camera opens, and the groups that this takes."""
    if local_camera is None:
        return (), ()
    from camclient.service import camera_devices  # which imports much

    return camera_devices(local_camera)


def _program() -> list[str]:
    """How this program was started, for a service manager that knows no PATH."""
    name = sys.argv[0]
    found = shutil.which(name) if Path(name).name == "camserve" else None
    return [os.path.abspath(found)] if found else [sys.executable, "-m", "camserve"]


def _data(loaded: Loaded[Config]) -> tuple[str | None, str | None]:
    """The data's name in /var/lib, or the owner of the directory that was named instead."""
    if "data_dir" not in loaded.given:
        return STATE_DIRECTORY, None
    directory = loaded.settings.data_dir
    if directory.parent == STATE:
        return directory.name, None
    try:
        owner = directory.stat().st_uid
    except OSError:
        raise UnitError(
            f"{directory} is not there: expected /var/lib/NAME, which systemd makes, or a directory"
            " of the user that is to run the server"
        ) from None
    try:
        return None, pwd.getpwuid(owner).pw_name
    except KeyError:
        raise UnitError(f"{directory} belongs to no user that is known here") from None


def _readable(file: Path, user: str | None) -> bool:
    """Whether the server will be able to read this file by itself."""
    try:
        if user is not None and file.stat().st_uid == pwd.getpwnam(user).pw_uid:
            return True
        in_home = any(file.resolve().is_relative_to(home) for home in HOMES)
        return (
            not in_home
            and bool(file.stat().st_mode & stat.S_IROTH)
            and all(parent.stat().st_mode & stat.S_IXOTH for parent in file.resolve().parents)
        )
    except (OSError, KeyError):
        return False


def _said_outside(loaded: Loaded[Config], name: str) -> bool:
    return name == "config" or any(
        one.name == name for one, _ in given_outside_file(Config, loaded)
    )
