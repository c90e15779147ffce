"""By which address others reach this machine, and where a running server says how it is reached."""

import contextlib
import ipaddress
import json
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

ADDRESS_FILE = "server.json"

# Of the ranges for documentation (RFC 5737, RFC 3849). Connecting a datagram socket sends nothing:
# it only makes the system choose the address of its own that it would send from.
_ELSEWHERE = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}


def is_wildcard(host: str) -> bool:
    """Whether listening there means listening on every address of the machine."""
    try:
        return host == "" or ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Whether only this machine itself can connect there. Names are not looked up."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        name = host.rstrip(".").lower()
        return name == "localhost" or name.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def reachable_host(host: str) -> str:
    """The host itself, or for a wildcard an address by which other machines reach this one.

    Without any route to elsewhere it is this machine's name, if that can be looked up, else the
    loopback address.
    """
    if not is_wildcard(host):
        return host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((_ELSEWHERE[family], 9))
        return str(probe.getsockname()[0])
    name = socket.gethostname()
    with contextlib.suppress(OSError, UnicodeError):
        if socket.getaddrinfo(name, None, family):
            return name
    return "::1" if family == socket.AF_INET6 else "127.0.0.1"


def url_host(host: str) -> str:
    """A host as it stands in a URL: IPv6 addresses in brackets, their zone escaped (RFC 6874)."""
    return f"[{host.replace('%', '%25')}]" if ":" in host else host


@dataclass(frozen=True, slots=True)
class Addresses:
    """How a running server is reached.

    watch: URL for viewers, `http://HOST:PORT/`.
    cameras: URL for publishers, `ws://HOST:PORT/video-input-stream`.
    links: how links to it begin, when that is not `watch`: it stands behind a proxy.
    """

    watch: str
    cameras: str
    links: str | None = None


@contextlib.contextmanager
def published(data_dir: Path, addresses: Addresses) -> Iterator[None]:
    """Leave the addresses of this process in the data directory for as long as the block runs.

    Atomic: a reader finds all of it or nothing. A later server in the same directory takes the file
    over; it is then left to that one.

    Raises: OSError when the file cannot be written.
    """
    file = data_dir / ADDRESS_FILE
    content = {"pid": os.getpid(), **asdict(addresses)}
    descriptor, temporary = tempfile.mkstemp(prefix=ADDRESS_FILE, dir=data_dir)
    try:
        with open(descriptor, "w", encoding="utf-8") as target:
            json.dump(content, target)
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            if (found := _read(file)) and found[0] == os.getpid():
                file.unlink()


def running_server(data_dir: Path) -> Addresses | None:
    """The addresses of the server that runs on this data directory; None when none does.

    A file that a killed server left behind is not believed: its process must be alive.
    """
    found = _read(data_dir / ADDRESS_FILE)
    return found[1] if found and _is_alive(found[0]) else None


def _read(file: Path) -> tuple[int, Addresses] | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    match content:
        case {"pid": int(pid), "watch": str(watch), "cameras": str(cameras)}:
            links = content.get("links")
            return pid, Addresses(watch, cameras, links if isinstance(links, str) else None)
    return None


def _is_alive(pid: int) -> bool:
    if sys.platform == "win32":
        return True  # there os.kill(pid, 0) is no question: it sends Ctrl+C
    if pid < 1:
        return False  # 0 and below mean groups of processes
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True  # someone else's process
    return True


def camclient_command(server: str, camera_id: int, token: str) -> str:
    """The command that makes a machine push its camera, ready to be copied.

    server: URL as camclient takes it, with or without the path.
    """
    return f"camclient --server {server} --camera-id {camera_id} --token {token}"
