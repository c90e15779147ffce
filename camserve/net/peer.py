"""Who is at the other end of a connection."""

import ipaddress

import trio

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def address_of_peer(connected: trio.socket.SocketType) -> str:
    try:
        host, port, *_ = connected.getpeername()
    except (OSError, ValueError):
        return "unknown"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def ip_of_peer(connected: trio.socket.SocketType) -> Address | None:
    """The other side's IP address; None: it has gone already, or has none."""
    try:
        return parse_address(connected.getpeername()[0])
    except (OSError, TypeError, IndexError):
        return None


def parse_address(text: str) -> Address | None:
    """An IP address, without the zone that a link-local one may have; None: it is none."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    # A socket for both families shows IPv4 like this.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
