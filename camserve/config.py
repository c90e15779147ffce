"""The server's settings."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from camserve.settings import Kind, Loaded, SettingsError, kinds, load, read_toml, setting

PREFIX = "CAMSERVE_"
DATABASE_FILE = "camserve.sqlite3"


class DataDirError(Exception):
    """The data directory cannot be used; the message is one line that says why."""


def default_data_dir() -> Path:
    """The platform's place for a program's data, e.g. `~/.local/share/camserve`."""
    # Imported here: the bare installation, which only publishes, goes without platformdirs.
    import platformdirs

    return Path(platformdirs.user_data_dir("camserve", appauthor=False))


def _directory() -> Kind[Path]:
    plain = kinds.path()

    def parse(value: object) -> Path:
        # In the URL of the database file a question mark would end the path.
        if isinstance(value, str) and "?" in value:
            raise ValueError(value)
        return plain.parse(value)

    return Kind("a path of a directory, without question marks", "DIR", parse)


def _host() -> Kind[str]:
    plain = kinds.text()

    def parse(value: object) -> str:
        given = plain.parse(value)
        # A URL, or an IPv6 address as it stands in one, is the usual mistake.
        if not given.isprintable() or set(given) & set(" /[]"):
            raise ValueError(value)
        return given

    return Kind("an address or a host name", "ADDRESS", parse)


def _database_url() -> Kind[str]:
    plain = kinds.text()

    def parse(value: object) -> str:
        given = plain.parse(value)
        if "://" not in given:
            raise ValueError(value)
        return given

    example = "a database URL such as sqlite:////path/to/file or postgresql://user@host/name"
    return Kind(example, "URL", parse)


@dataclass(frozen=True, slots=True)
class Config:
    """What the server was told. Times are in seconds, sizes in bytes, paths absolute."""

    host: str = setting(
        _host(),
        "127.0.0.1",
        help="where viewers connect; 0.0.0.0 lets other machines in",
    )
    port: int = setting(kinds.port(), 8000, help="port for viewers; 0 takes any free one")
    ingest_host: str | None = setting(
        _host(),
        None,
        help="where cameras connect",
        default_text="as --host",
    )
    ingest_port: int = setting(kinds.port(), 8001, help="port for cameras; 0 takes any free one")
    data_dir: Path = setting(  # makes a field
        _directory(),
        default_factory=default_data_dir,
        help="where the database and the server's secret are kept",
        default_text="the platform's user data directory",
    )
    # Its value may hold a password, so errors keep it to themselves.
    database: str | None = setting(
        _database_url(),
        None,
        help="where the cameras are registered",
        default_text=f"the SQLite file {DATABASE_FILE} in the data directory",
        secret=True,
    )
    config: Path | None = setting(
        kinds.path(metavar="FILE.toml"),
        None,
        help="read settings from this TOML file",
        in_file=False,
    )
    log_level: str = setting(
        kinds.choice("debug", "info", "warning", "error"), "info", help="least level that is logged"
    )
    log_format: str = setting(kinds.choice("text", "json"), "text", help="how log lines look")
    max_frame_bytes: int = setting(
        # From what no camera worth the name stays below, to what a small computer can still hold.
        kinds.integer(64 * 1024, 256 * 1024 * 1024, expected="a number of bytes", metavar="BYTES"),
        8 * 1024 * 1024,
        help="largest frame that a camera may send",
    )
    handshake_timeout: float = setting(
        kinds.seconds(), 5.0, help="a camera must have shown its token within this time"
    )
    publisher_timeout: float = setting(
        kinds.seconds(), 20.0, help="a camera that shows no life for this long is cut off"
    )
    stale_after: float = setting(
        kinds.seconds(), 10.0, help="a connected camera without a new frame for this long is stale"
    )
    stalled_viewer_timeout: float = setting(
        kinds.seconds(), 30.0, help="a viewer that takes nothing for this long is cut off"
    )
    local_camera: str | None = setting(
        kinds.text("a source as camclient takes it", "SOURCE", numbers=True),
        None,
        help="the server's own camera, a source as camclient takes it; answers /image",
    )
    announce: bool = setting(
        kinds.switch(),
        True,
        help="let cameras on the local network find this server; needs camserve[discovery]",
    )
    public_url: str | None = setting(
        kinds.url("http", "https"), None, help="how links to this server begin"
    )
    # The command line of a program can be read by every user of the machine, so secrets come from
    # the environment or the file only.
    secret: str | None = setting(
        kinds.text(),
        None,
        help="the key of all camera tokens",
        default_text="made on first start and kept in the data directory",
        secret=True,
        option=False,
    )
    admin_token: str | None = setting(
        kinds.text(), None, help="who sends it is an admin", secret=True, option=False
    )
    camera_token_secret: str | None = setting(
        kinds.text(),
        None,
        help="accept tokens of the old scheme, made with this secret",
        secret=True,
        option=False,
        variables=("CAMERA_TOKEN_SECRET",),
    )

    @property
    def effective_ingest_host(self) -> str:
        """Where cameras connect: `ingest_host`, else `host`."""
        return self.ingest_host if self.ingest_host is not None else self.host

    @property
    def database_url(self) -> str:
        """`database`, else the URL of the SQLite file in the data directory."""
        return self.database or f"sqlite:///{self.data_dir / DATABASE_FILE}"


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


def make_data_dir(config: Config) -> None:
    """Make the data directory, for its owner only, unless it is there; check that it is writable.

    Raises: DataDirError.
    """
    directory = config.data_dir
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Tried, not asked: os.access() does not know of every reason (a full or read-only disk).
        probe = directory / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or error
        raise DataDirError(f"the data directory {directory} cannot be used: {reason}") from error
