"""A DNS-SD service (RFC 6763) on the local network, through the zeroconf library.

The library is an extra, and importing it takes a while on a small computer: this module is imported
only when there is something to announce. It runs on threads of its own; all calls here block.
"""

import ipaddress
import logging
import socket
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import ifaddr
import zeroconf

from camserve.announce import AnnouncementError
from camserve.wire import SERVICE_TYPE

#: For cameras, unless told otherwise; every other one is part of the name.
USUAL_PORT = 8001
MAX_LABEL = 63  # bytes of one part of a name, RFC 1035, section 2.3.4

# Its warnings carry tracebacks of sockets that went away with their network.
logging.getLogger("zeroconf").setLevel(logging.CRITICAL)


def local_addresses(hosts: Sequence[str]) -> tuple[str, ...]:
    """By which addresses other machines reach what listens on `hosts`, IPv4 first.

    hosts: addresses; a wildcard stands for all of its family.

    Raises: AnnouncementError: the system does not say.
    """
    found = set[str]()
    for host in hosts:
        if ipaddress.ip_address(host).is_unspecified:
            found.update(one for one in _addresses() if _version(one) == _version(host))
        else:
            found.add(host)
    useful = [address for address in found if _is_reachable(address)]
    return tuple(sorted(useful, key=lambda address: (_version(address), address)))


class Announcement:
    """What the network is told of this server; said when this is made.

    name: under which it is found
    """

    def __init__(
        self,
        addresses: Sequence[str],
        port: int,
        text: Mapping[str, str],
        *,
        service_type: str = SERVICE_TYPE,
        interfaces: Sequence[str] | None = None,
    ) -> None:
        """Takes about two seconds: the library asks whether the name is taken.

        addresses: where the server listens; a change needs a new announcement.
        text: what else clients should know.
        interfaces: addresses of ours from which it is announced; None: all of IPv4, or of IPv6 when
            there is no IPv4.

        Raises: AnnouncementError.
        """
        host = socket.gethostname().partition(".")[0] or "unknown"
        name = f"camserve on {host}" if port == USUAL_PORT else f"camserve on {host} port {port}"
        has_ipv4 = any(_version(address) == 4 for address in addresses)
        with _translated():
            self._zeroconf = zeroconf.Zeroconf(
                zeroconf.InterfaceChoice.All if interfaces is None else list(interfaces),
                ip_version=zeroconf.IPVersion.V4Only if has_ipv4 else zeroconf.IPVersion.V6Only,
            )
            try:
                service = zeroconf.ServiceInfo(
                    service_type,
                    f"{_label(name)}.{service_type}",
                    port=port,
                    properties=dict(text),
                    # Not the machine's own name: that belongs to its avahi or mDNSResponder.
                    server=f"{_label(f'camserve-{port}-{host}')}.local.",
                    parsed_addresses=list(addresses),
                )
                # Of two machines with one name the second one is called "... -2".
                self._zeroconf.register_service(service, allow_name_change=True)
            except BaseException:
                with suppress(Exception):  # the first one says more
                    self._zeroconf.close()
                raise
        self.name = service.name.removesuffix("." + service_type)

    def withdraw(self) -> None:
        """Tell the network that the server is gone; takes a quarter of a second.

        Raises: AnnouncementError.
        """
        with _translated():
            self._zeroconf.close()


@contextmanager
def _translated() -> Iterator[None]:
    # The library raises errors of its own, of asyncio and of sockets, differing with its version.
    # None of them may reach a server that serves well without it.
    try:
        yield
    except Exception as error:
        text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise AnnouncementError(text or type(error).__name__) from error


def _label(text: str) -> str:
    return text.encode()[:MAX_LABEL].decode(errors="ignore")


def _addresses() -> list[str]:
    """All of this machine, without the zone of IPv6."""
    with _translated():
        found = [ip.ip for adapter in ifaddr.get_adapters() for ip in adapter.ips]
    return [ip if isinstance(ip, str) else ip[0] for ip in found]


def _version(address: str) -> int:
    return ipaddress.ip_address(address).version


def _is_reachable(address: str) -> bool:
    ip = ipaddress.ip_address(address)
    # A link-local IPv6 address means nothing without the zone, which each machine numbers itself.
    return not ip.is_loopback and not (ip.version == 6 and ip.is_link_local)
