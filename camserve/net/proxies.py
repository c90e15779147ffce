"""What reverse proxies in front of this server say of a request's way; no input or output.

A proxy appends its client's address to X-Forwarded-For and passes the rest on. So only the right
end of it was written by somebody we know: from there leftwards, as long as each address is one of
a proxy that we trust, the next one is true. Everything further left anybody may have made up.
"""

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .peer import Address, parse_address

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_FOR = b"x-forwarded-for"
_PROTO = b"x-forwarded-proto"
_HOST = b"x-forwarded-host"
_PREFIX = b"x-forwarded-prefix"
_NAMES = frozenset({_FOR, _PROTO, _HOST, _PREFIX})

#: As a Host header has it: name, IPv4 or [IPv6], and perhaps a port. RFC 9110, section 7.2.
_IS_HOST = re.compile(r"([A-Za-z0-9._-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?")
#: Without empty segments: `//elsewhere` in front of a path is another host.
_IS_PREFIX = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")
_HAS_PORT = re.compile(r"(?:\[([^\]]+)\]|([0-9.]+))(?::[0-9]+)?")
_LONGEST = 1024  # characters of a prefix


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request came from and what its sender believes to talk to.

    address: the client's IP address, without a port
    scheme: `http` or `https`; None: no trusted proxy said it
    host: as in a Host header; None: no trusted proxy said it
    prefix: of every path on that host, such as `/cameras`, or empty; None: no trusted proxy said it
    """

    address: str
    scheme: str | None = None
    host: str | None = None
    prefix: str | None = None


def forwarded(
    peer: str, headers: Iterable[tuple[bytes, bytes]], trusted: Sequence[Network]
) -> Origin:
    """Read X-Forwarded-For, -Proto, -Host and -Prefix, if `peer` is one of our proxies.

    peer: IP address of who is connected to us
    headers: of the request, in any letter case
    trusted: where proxies of ours are

    Values that are no proper ones are ignored.
    """
    nearest = parse_address(peer)
    if nearest is None:
        return Origin(peer)
    if not _is_in(nearest, trusted):
        return Origin(str(nearest))
    said = _collect(headers)
    client, hops = nearest, 0  # of our proxies, those between the client and the one at hand
    chain = said[_FOR]
    while hops < len(chain) and _is_in(client, trusted):
        further = _parse_with_port(chain[-1 - hops])
        if further is None:
            break
        client, hops = further, hops + 1
    place = max(hops - 1, 0)
    scheme = _at(said[_PROTO], place).lower()
    host = _at(said[_HOST], place)
    prefix = _at(said[_PREFIX], place)
    return Origin(
        str(client),
        scheme if scheme in {"http", "https"} else None,
        host if _IS_HOST.fullmatch(host) else None,
        _prefix(prefix),
    )


def _collect(headers: Iterable[tuple[bytes, bytes]]) -> dict[bytes, list[str]]:
    """The values by name; several fields of one name are one list. RFC 9110, section 5.3."""
    said: dict[bytes, list[str]] = {name: [] for name in _NAMES}
    for name, value in headers:
        values = said.get(bytes(name).lower())
        if values is not None:
            values += [one.strip() for one in bytes(value).decode("latin-1").split(",")]
    return said


def _at(values: Sequence[str], place: int) -> str:
    """So many from the right, as that one was said by the proxy nearest to the client.

    Proxies that replace the value instead of appending theirs leave only one.
    """
    return values[-1 - min(place, len(values) - 1)] if values else ""


def _prefix(given: str) -> str | None:
    if given == "/":
        return ""
    stripped = given[:-1] if given.endswith("/") else given
    if len(stripped) <= _LONGEST and _IS_PREFIX.fullmatch(stripped):
        return stripped
    return None


def _parse_with_port(text: str) -> Address | None:
    """An address as proxies write it: some put a port behind it, and IPv6 into brackets then."""
    with_port = _HAS_PORT.fullmatch(text)
    return parse_address((with_port[1] or with_port[2]) if with_port else text)


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)
