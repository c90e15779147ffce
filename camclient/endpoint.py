"""Where the pictures go: the server's address, taken from a URL."""

import ssl
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from camserve.wire import INGEST_PATH

#: What is written where a WebSocket's scheme belongs.
MEANT = {"http": "ws", "https": "wss"}
EXPECTED = "a URL like ws://192.168.1.10:8001 or wss://example.org"


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A camera server.

    Attributes:
        host: a name or an address, IPv6 without brackets.
        resource: path and query of the WebSocket request.
        tls: whether it is `wss`.
        name: in the server's certificate; None: the host.
    """

    host: str
    port: int
    resource: str
    tls: bool
    name: str | None = None

    @property
    def authority(self) -> str:
        """What the Host header says, RFC 9110, section 7.2: no port when it is the usual one."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.tls else 80) else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{'wss' if self.tls else 'ws'}://{self.authority}{self.resource}"


@dataclass(frozen=True, slots=True)
class Target:
    """Where pictures go, and as whose.

    Attributes:
        camera_id: 1 to 2**31 - 1.
        token: 1 to 1024 bytes as UTF-8.
        ssl_context: for `wss`; None: the system's authorities, and the server's name is verified.
    """

    endpoint: Endpoint
    camera_id: int
    token: str = field(repr=False)
    ssl_context: ssl.SSLContext | None = None


def _refuse(url: str) -> ValueError:
    error = ValueError(f"expected {EXPECTED}, not {url!r}")
    scheme, separator, rest = url.partition("://")
    meant = f"{MEANT.get(scheme.lower(), '')}://{rest}" if separator else f"ws://{url}"
    if _parse(meant) is not None:
        error.add_note(f"did you mean {meant}?")
    return error


def parse_endpoint(url: str) -> Endpoint:
    """Read a `ws://` or `wss://` URL; without a path it means the ingest path.

    Raises:
        ValueError: it is none; the message says what was expected, and a note what may be meant.
    """
    endpoint = _parse(url)
    if endpoint is None:
        raise _refuse(url)
    return endpoint


def _parse(url: str) -> Endpoint | None:
    try:
        parts = urlsplit(url)
        port = parts.port
        # As getaddrinfo() will: no empty label, none above 63 bytes. RFC 1035, section 2.3.4.
        (parts.hostname or "").encode("idna")
    except ValueError:
        return None
    if parts.scheme not in {"ws", "wss"} or not parts.hostname or parts.fragment or port == 0:
        return None
    if parts.username is not None or not url.isascii() or not url.isprintable() or " " in url:
        return None
    tls = parts.scheme == "wss"
    path = INGEST_PATH if parts.path in {"", "/"} else parts.path
    resource = f"{path}?{parts.query}" if parts.query else path
    return Endpoint(parts.hostname, port or (443 if tls else 80), resource, tls)
