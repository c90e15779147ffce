"""The server's settings, each with its default and what it is for."""

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

from camserve.settings import kinds, setting

from . import values
from .data_dir import default_data_dir

DATABASE_FILE = "camserve.sqlite3"


@dataclass(frozen=True, slots=True)
class Config:
    """What the server was told. Times are in seconds, sizes in bytes, paths absolute."""

    host: str = setting(
        values.host(),
        "127.0.0.1",
        help="where viewers connect; 0.0.0.0 lets other machines in",
    )
    port: int = setting(kinds.port(), 8000, help="port for viewers; 0 takes any free one")
    ingest_host: str | None = setting(
        values.host(),
        None,
        help="where cameras connect",
        default_text="as --host",
    )
    ingest_port: int = setting(kinds.port(), 8001, help="port for cameras; 0 takes any free one")
    data_dir: Path = setting(  # makes a field
        values.directory(),
        default_factory=default_data_dir,
        help="where the database and the server's secret are kept",
        default_text="the platform's user data directory",
    )
    # Its value may hold a password, so errors keep it to themselves.
    database: str | None = setting(
        values.database_url(),
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
    max_connections: int = setting(
        # Each costs a file and some 40 kB; what a Pi 4 holds while it still serves.
        kinds.integer(8, 1_000_000),
        4096,
        help="most connections at a time, cameras and viewers together",
    )
    max_unauthenticated_connections: int = setting(
        # Whoever belongs here proves it within milliseconds, so few are in this state at a time.
        kinds.integer(1, 1_000_000),
        512,
        help="most connections that have not shown yet that they may be here",
    )
    max_unauthenticated_per_address: int = setting(
        # A browser opens six at a time; a house or a club behind one address has some browsers.
        kinds.integer(1, 1_000_000),
        64,
        help="the same, from one address; this machine and trusted proxies are exempt",
    )
    max_viewers_per_camera: int = setting(
        kinds.integer(1, 1_000_000),
        2000,
        help="most viewers of one camera at a time",
    )
    max_frame_rate: float = setting(
        # Above every camera that there is; frames are numbered by the millisecond.
        kinds.number(1, 900, expected="frames per second", metavar="FPS"),
        240.0,
        help="most frames per second that are taken of one camera",
    )
    max_header_bytes: int = setting(
        # As large as nginx and Apache take them together with the request line.
        kinds.integer(1024, 1024 * 1024, expected="a number of bytes", metavar="BYTES"),
        16 * 1024,
        help="longest head of a request",
    )
    max_body_bytes: int = setting(
        kinds.integer(1024, 16 * 1024 * 1024, expected="a number of bytes", metavar="BYTES"),
        64 * 1024,
        help="longest body of a request; uploaded pictures may have max_frame_bytes",
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
    certfile: Path | None = setting(
        kinds.path(), None, help="certificate chain (PEM); with it both ports speak TLS only"
    )
    keyfile: Path | None = setting(
        kinds.path(), None, help="private key (PEM)", default_text="in the certificate's file"
    )
    root_path: str = setting(
        values.url_path(), "", help="path prefix under which a reverse proxy shows this server"
    )
    trusted_proxies: tuple[values.Network, ...] = setting(
        values.networks(),
        (ip_network("127.0.0.1"), ip_network("::1")),
        help="reverse proxies whose X-Forwarded-For, -Proto, -Host and -Prefix are believed",
        default_text="127.0.0.1,::1",
    )
    public_url: str | None = setting(
        kinds.url("http", "https"), None, help="how links to this server begin"
    )
    viewer_password_file: Path | None = setting(
        kinds.path(), None, help="who watches has to know the password in this file"
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
    viewer_password: str | None = setting(
        kinds.text(),
        None,
        help="who watches has to know this password",
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
