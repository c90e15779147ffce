"""The kinds of values that only the server's settings take."""

import ipaddress
from pathlib import Path

from camserve.settings import Kind, kinds

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def directory() -> Kind[Path]:
    plain = kinds.path()

    def parse(value: object) -> Path:
        # In the URL of the database file a question mark would end the path.
        if isinstance(value, str) and "?" in value:
            raise ValueError(value)
        return plain.parse(value)

    return Kind("a path of a directory, without question marks", "DIR", parse)


def host() -> Kind[str]:
    plain = kinds.text()

    def parse(value: object) -> str:
        given = plain.parse(value)
        # A URL, or an IPv6 address as it stands in one, is the usual mistake.
        if not given.isprintable() or set(given) & set(" /[]"):
            raise ValueError(value)
        return given

    return Kind("an address or a host name", "ADDRESS", parse)


def database_url() -> Kind[str]:
    plain = kinds.text()

    def parse(value: object) -> str:
        given = plain.parse(value)
        if "://" not in given:
            raise ValueError(value)
        return given

    example = "a database URL such as sqlite:////path/to/file or postgresql://user@host/name"
    return Kind(example, "URL", parse)


def networks() -> Kind[tuple[Network, ...]]:
    """Addresses and networks, with commas between them; empty text: none."""

    def parse(value: object) -> tuple[Network, ...]:
        if not isinstance(value, str):
            raise ValueError(value)
        words = [word.strip() for word in value.split(",")]
        # strict: a network with host bits set is more often a slip than meant.
        return tuple(ipaddress.ip_network(word) for word in words if word)

    return Kind("addresses or networks such as 192.168.1.5,10.0.0.0/8", "NETWORKS", parse)


def url_path() -> Kind[str]:
    """A path as a URL begins with it, kept without its last slash; `/` becomes empty."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or not value.startswith("/") or not value.isascii():
            raise ValueError(value)
        segments = value.strip("/").split("/")
        if value.strip("/") and not all(
            one not in {"", ".", ".."} and set(one) <= _IN_PATHS for one in segments
        ):
            raise ValueError(value)
        return value.rstrip("/")

    return Kind("a path such as /cameras-of-the-club", "PATH", parse)


#: What stands in a URL as it is (RFC 3986, section 2.3).
_IN_PATHS = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
