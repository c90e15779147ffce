"""Asks the local network for camera servers (DNS-SD, RFC 6763) through the zeroconf library.

The library is an extra, and importing it takes seconds on a Pi Zero: it is imported only when a
server has to be found. It works in threads of its own.
"""

import ipaddress
import logging
import queue
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

import trio

from camclient.discovery import DiscoveryError, Found
from camserve.wire import INGEST_PATH, SERVICE_TYPE

if TYPE_CHECKING:
    import zeroconf

SETTLE = 0.75  # seconds after the first answer, in which others may come
LONGEST_QUESTION = 1.0  # seconds for the details of one server
MOST_SERVERS = 20  # that are asked for details
#: Of a host, as a certificate has it. RFC 1123, section 2.1.
IS_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_STOP = ""  # no name of a server


def is_available() -> bool:
    """Whether the zeroconf library is installed."""
    return find_spec("zeroconf") is not None


async def look(
    seconds: float,
    until: str | None = None,
    *,
    service_type: str = SERVICE_TYPE,
    interfaces: Sequence[str] | None = None,
) -> list[Found]:
    """The servers that answer within so many seconds; returns soon after the first has.

    until: returns at once when the server with this name has answered.
    interfaces: addresses of ours from which to ask; None: all.

    Raises:
        DiscoveryError
    """
    names: queue.SimpleQueue[str] = queue.SimpleQueue()
    try:
        return await trio.to_thread.run_sync(
            _look, seconds, until, names, service_type, interfaces, abandon_on_cancel=True
        )
    finally:
        names.put(_STOP)


def _look(
    seconds: float,
    until: str | None,
    names: "queue.SimpleQueue[str]",
    service_type: str,
    interfaces: Sequence[str] | None,
) -> list[Found]:
    with _translated():
        import zeroconf

        # Its warnings carry tracebacks of sockets that went away with their network.
        logging.getLogger("zeroconf").setLevel(logging.CRITICAL)

        def take(
            zeroconf: "zeroconf.Zeroconf",
            service_type: str,
            name: str,
            state_change: "zeroconf.ServiceStateChange",
        ) -> None:
            names.put(name)

        networks = _networks()
        has_ipv4 = interfaces is not None or any(network.version == 4 for network in networks)
        with closing(
            zeroconf.Zeroconf(
                zeroconf.InterfaceChoice.All if interfaces is None else list(interfaces),
                ip_version=zeroconf.IPVersion.V4Only if has_ipv4 else zeroconf.IPVersion.V6Only,
            )
        ) as asking:
            # Asked by multicast: an answer by unicast may reach another program on this computer.
            multicast = zeroconf.DNSQuestionType.QM
            browser = zeroconf.ServiceBrowser(
                asking, service_type, handlers=[take], question_type=multicast
            )
            found = []
            for name in _collect(names, seconds, f"{until}.{service_type}"):
                service = asking.get_service_info(
                    service_type, name, int(LONGEST_QUESTION * 1000), question_type=multicast
                )
                one = None if service is None else found_server(service, networks)
                if one is not None:
                    found.append(one)
            browser.cancel()
            return found


def _collect(names: "queue.SimpleQueue[str]", seconds: float, until: str) -> list[str]:
    """The names that come within so many seconds, or a moment after the first."""
    end = time.monotonic() + seconds
    collected: list[str] = []
    while len(collected) < MOST_SERVERS:
        try:
            name = names.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            break
        if name == _STOP:
            return []
        if name == until:
            return [name]
        if not collected:
            end = time.monotonic() + SETTLE
        if name not in collected:
            collected.append(name)
    return collected


Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def found_server(service: "zeroconf.ServiceInfo", networks: Sequence[Network]) -> Found | None:
    """What a server said of itself; None: not enough to connect to it.

    networks: those that this computer is in.
    """
    text = {key: value or b"" for key, value in service.properties.items()}
    path = text.get(b"path", b"").decode("ascii", "replace")
    if not path.startswith("/") or not path.isascii() or not path.isprintable() or " " in path:
        path = INGEST_PATH
    tls = text.get(b"tls") == b"1"
    certified = text.get(b"host", b"").decode("ascii", "replace")
    if not tls or not IS_NAME.fullmatch(certified):
        certified = ""
    hosts = ranked(service.parsed_scoped_addresses(), networks)
    if not hosts or not service.port:
        return None
    name = service.name.removesuffix("." + service.type)
    return Found(name, tuple(hosts), service.port, path, tls, certified or None)


def ranked(addresses: Sequence[str], networks: Sequence[Network]) -> list[str]:
    """The addresses of a server, the most promising first.

    A server may have some that cannot be reached from here, such as those of its containers.
    """

    def rank(address: str) -> tuple[bool, bool, bool, bool]:
        ip = ipaddress.ip_address(address)
        is_near = any(ip in network for network in networks)
        return ip.is_loopback, ip.version == 6 and ip.is_link_local, not is_near, ip.version == 6

    return sorted(addresses, key=rank)


def _networks() -> list[Network]:
    """Those that this computer is in, the loopback left out."""
    import ifaddr

    networks: list[Network] = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            address = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            network = ipaddress.ip_network(f"{address}/{ip.network_prefix}", strict=False)
            if not network.is_loopback:
                networks.append(network)
    return networks


@contextmanager
def _translated() -> Iterator[None]:
    # The library raises errors of its own, of asyncio and of sockets, differing with its version;
    # none of them may end a camera that has only to wait for its network.
    try:
        yield
    except Exception as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise DiscoveryError(text or type(error).__name__) from error
