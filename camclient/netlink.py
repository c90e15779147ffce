"""What the kernel tells of links, addresses and routes, and which of it is news. No I/O here.

The formats are those of rtnetlink(7); all integers are in the machine's own byte order. Much of
what the kernel sends is no news: each Wi-Fi signal event repeats the whole link, and each DHCP
renewal or router advertisement repeats the address with a new lifetime. So the last state is kept,
and a message is news when something usable appeared or changed. What vanished is no news: nothing
can be reached by it.
"""

import struct
from collections.abc import Callable, Iterator

RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE = 0x1, 0x10, 0x40
RTMGRP_IPV6_IFADDR, RTMGRP_IPV6_ROUTE = 0x100, 0x400
#: What to subscribe to. Neighbours are not in it: they change all the time.
GROUPS = (
    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_IFADDR | RTMGRP_IPV6_ROUTE
)

RTM_NEWLINK, RTM_DELLINK, RTM_NEWADDR, RTM_DELADDR, RTM_NEWROUTE = 16, 17, 20, 21, 24
NLMSGHDR = struct.Struct("=IHHII")  # length, type, flags, sequence, port
IFINFOMSG = struct.Struct("=BxHiII")  # family, type, index, flags, change
IFADDRMSG = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
RTMSG = struct.Struct("=BBBBBBBBI")  # family, 3 lengths, table, protocol, scope, type, flags
RTATTR = struct.Struct("=HH")  # length, type
IFF_UP, IFF_LOOPBACK, IFF_RUNNING = 0x1, 0x8, 0x40  # netdevice(7)
IFA_ADDRESS, IFA_LOCAL = 1, 2
IFA_F_TENTATIVE = 0x40  # not usable yet: the kernel asks whether another computer has it
RTN_UNICAST, RTM_F_CLONED = 1, 0x200
RT_TABLE_LOCAL = 255  # its routes only repeat the addresses
ALIGNMENT = 4  # bytes; of messages and of attributes


class NetworkState:
    """Remembers what the kernel said, as much as is needed to recognise what is new."""

    def __init__(self) -> None:
        self._links: dict[int, int] = {}  # flags that matter, by index
        self._addresses: dict[tuple[int, int, bytes], bool] = {}  # usable?

    def receive(self, data: bytes) -> bool:
        """Take one datagram of the kernel: whether it holds news. Never raises.

        Something that cannot be read is no news.
        """
        news = False
        for kind, payload in messages(data):
            take = self._takers.get(kind)
            news |= take is not None and take(self, payload)
        return news

    def forget(self) -> None:
        """Messages were lost: what is remembered may be wrong."""
        self._links.clear()
        self._addresses.clear()

    def _new_link(self, payload: bytes) -> bool:
        if len(payload) < IFINFOMSG.size:
            return False
        index: int
        flags: int
        _, _, index, flags, _ = IFINFOMSG.unpack_from(payload)
        if flags & IFF_LOOPBACK:
            return False
        state = flags & (IFF_UP | IFF_RUNNING)
        before = self._links.get(index)
        self._links[index] = state
        return state == IFF_UP | IFF_RUNNING and state != before

    def _lost_link(self, payload: bytes) -> bool:
        if len(payload) >= IFINFOMSG.size:
            self._links.pop(IFINFOMSG.unpack_from(payload)[2], None)
        return False

    def _new_address(self, payload: bytes) -> bool:
        key = address_key(payload)
        if key is None:
            return False
        usable = not payload[2] & IFA_F_TENTATIVE
        before = self._addresses.get(key)
        self._addresses[key] = usable
        return usable and not before

    def _lost_address(self, payload: bytes) -> bool:
        key = address_key(payload)
        if key is not None:
            self._addresses.pop(key, None)
        return False

    def _new_route(self, payload: bytes) -> bool:
        if len(payload) < RTMSG.size:
            return False
        table, kind, flags = payload[4], payload[7], RTMSG.unpack_from(payload)[8]
        return kind == RTN_UNICAST and table != RT_TABLE_LOCAL and not flags & RTM_F_CLONED

    _takers: dict[int, Callable[["NetworkState", bytes], bool]] = {  # noqa: RUF012 - a constant
        RTM_NEWLINK: _new_link,
        RTM_DELLINK: _lost_link,
        RTM_NEWADDR: _new_address,
        RTM_DELADDR: _lost_address,
        RTM_NEWROUTE: _new_route,
    }


def messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and payload of the messages in a datagram; it ends at the first that is malformed."""
    while len(data) >= NLMSGHDR.size:
        length, kind, _, _, _ = NLMSGHDR.unpack_from(data)
        if not NLMSGHDR.size <= length <= len(data):
            return
        yield kind, data[NLMSGHDR.size : length]
        data = data[aligned(length) :]


def attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Type and value of the attributes behind a message's head; as `messages`."""
    while len(data) >= RTATTR.size:
        length, kind = RTATTR.unpack_from(data)
        if not RTATTR.size <= length <= len(data):
            return
        yield kind, data[RTATTR.size : length]
        data = data[aligned(length) :]


def address_key(payload: bytes) -> tuple[int, int, bytes] | None:
    """Index of the link, length of the prefix, and address; None: it has none."""
    if len(payload) < IFADDRMSG.size:
        return None
    _, prefix, _, _, index = IFADDRMSG.unpack_from(payload)
    found = dict(attributes(payload[IFADDRMSG.size :]))
    # On a point-to-point link IFA_ADDRESS is the other side's, and IFA_LOCAL is ours.
    address = found.get(IFA_LOCAL) or found.get(IFA_ADDRESS)
    return (index, prefix, address) if address else None


def aligned(length: int) -> int:
    return (length + ALIGNMENT - 1) & ~(ALIGNMENT - 1)
