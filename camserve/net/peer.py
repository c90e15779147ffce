"""Who is at the other end of a connection."""

import trio


def address_of_peer(connected: trio.socket.SocketType) -> str:
    try:
        host, port, *_ = connected.getpeername()
    except (OSError, ValueError):
        return "unknown"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
