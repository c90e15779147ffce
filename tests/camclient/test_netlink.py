"""What is news, out of the kernel's messages."""

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camclient import netlink
from camclient.netlink import NetworkState, messages

LO, ETH = 1, 2
UP, RUNNING = netlink.IFF_UP, netlink.IFF_RUNNING
IFLA_IFNAME, IFLA_WIRELESS, IFA_CACHEINFO = 3, 11, 6
TENTATIVE = netlink.IFA_F_TENTATIVE
MULTICAST, LOCAL = 5, 2  # types of routes
NLM_F_REQUEST, NLM_F_DUMP, NLMSG_DONE = 0x1, 0x300, 3
RTM_GETLINK, RTM_GETADDR = 18, 22


def attribute(kind: int, value: bytes) -> bytes:
    return padded(netlink.RTATTR.pack(netlink.RTATTR.size + len(value), kind) + value)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def message(kind: int, payload: bytes) -> bytes:
    return padded(
        netlink.NLMSGHDR.pack(netlink.NLMSGHDR.size + len(payload), kind, 0, 0, 0) + payload
    )


def link(flags: int, *more: bytes, index: int = ETH, kind: int = netlink.RTM_NEWLINK) -> bytes:
    head = netlink.IFINFOMSG.pack(0, 1, index, flags, 0)
    return message(kind, head + attribute(IFLA_IFNAME, b"eth0\0") + b"".join(more))


def address(last: int, lifetime: int = 60, flags: int = 0, *, gone: bool = False) -> bytes:
    head = netlink.IFADDRMSG.pack(socket.AF_INET, 24, flags, 0, ETH)
    ours = attribute(netlink.IFA_ADDRESS, bytes([10, 0, 0, last]))
    kind = netlink.RTM_DELADDR if gone else netlink.RTM_NEWADDR
    return message(
        kind, head + ours + attribute(IFA_CACHEINFO, struct.pack("=IIII", lifetime, 0, 0, 0))
    )


def route(table: int = 254, kind: int = netlink.RTN_UNICAST, flags: int = 0) -> bytes:
    return message(
        netlink.RTM_NEWROUTE, netlink.RTMSG.pack(socket.AF_INET, 0, 0, 0, table, 3, 0, kind, flags)
    )


def news(*datagrams: bytes) -> list[bool]:
    state = NetworkState()
    return [state.receive(datagram) for datagram in datagrams]


def test_a_link_is_news_when_it_comes_up() -> None:
    up = link(UP | RUNNING)
    assert news(link(UP), up, link(UP), link(0), up) == [False, True, False, False, True]


def test_a_wireless_event_repeats_the_link_and_is_no_news() -> None:
    signal = link(UP | RUNNING, attribute(IFLA_WIRELESS, bytes(16)))
    assert news(link(UP | RUNNING), signal, signal) == [True, False, False]


def test_other_flags_of_a_link_are_no_news() -> None:
    promiscuous = 0x100
    assert news(link(UP | RUNNING), link(UP | RUNNING | promiscuous)) == [True, False]


def test_loopback_is_never_news() -> None:
    assert news(link(UP | RUNNING | netlink.IFF_LOOPBACK, index=LO)) == [False]


def test_a_device_that_was_unplugged_and_comes_back_is_news() -> None:
    up = link(UP | RUNNING)
    gone = link(UP | RUNNING, kind=netlink.RTM_DELLINK)
    assert news(up, gone, up) == [True, False, True]


def test_a_new_address_is_news_and_its_renewal_is_not() -> None:
    assert news(address(1), address(1, lifetime=99), address(2)) == [True, False, True]


def test_an_address_that_returns_is_news() -> None:
    assert news(address(1), address(1, gone=True), address(1)) == [True, False, True]


def test_an_address_is_news_when_the_kernel_lets_us_use_it() -> None:
    assert news(address(1, flags=TENTATIVE), address(1), address(1)) == [False, True, False]


def test_on_a_point_to_point_link_our_side_counts() -> None:
    head = netlink.IFADDRMSG.pack(socket.AF_INET, 32, 0, 0, ETH)
    other = attribute(netlink.IFA_ADDRESS, bytes(4))
    first, second = (
        message(
            netlink.RTM_NEWADDR, head + other + attribute(netlink.IFA_LOCAL, bytes([10, 0, 0, n]))
        )
        for n in (1, 2)
    )
    assert news(first, second) == [True, True]


@pytest.mark.parametrize(
    ("datagram", "is_news"),
    [
        (route(), True),
        (route(table=netlink.RT_TABLE_LOCAL), False),
        (route(kind=MULTICAST), False),
        (route(kind=LOCAL), False),
        (route(flags=netlink.RTM_F_CLONED), False),
    ],
)
def test_a_route_to_somewhere_is_news(datagram: bytes, is_news: bool) -> None:
    assert news(datagram) == [is_news]


def test_one_piece_of_news_in_a_datagram_is_enough_and_all_are_remembered() -> None:
    up = link(UP | RUNNING)
    assert news(up + address(1) + route(), up + address(1), address(1) + up) == [True, False, False]


def test_after_a_loss_everything_is_news_again() -> None:
    state = NetworkState()
    assert state.receive(link(UP | RUNNING) + address(1))
    state.forget()
    assert state.receive(link(UP | RUNNING))
    assert state.receive(address(1))


def ask_the_kernel(kind: int) -> list[bytes]:
    """Datagrams with all links or all addresses of this computer."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as opened:
        opened.bind((0, 0))
        head = struct.pack("=IHHII", 20, kind, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
        opened.send(head + bytes(4))
        datagrams = [opened.recv(65536)]
        while all(kind != NLMSG_DONE for kind, _ in messages(datagrams[-1])):
            datagrams.append(opened.recv(65536))
        return datagrams


def test_the_real_kernels_messages_are_understood() -> None:
    for kind, wanted in ((RTM_GETLINK, netlink.RTM_NEWLINK), (RTM_GETADDR, netlink.RTM_NEWADDR)):
        datagrams = ask_the_kernel(kind)
        payloads = [body for each in datagrams for found, body in messages(each) if found == wanted]
        assert payloads
        state = NetworkState()
        for datagram in datagrams:
            state.receive(datagram)
        assert not any(state.receive(datagram) for datagram in datagrams)  # nothing changed
    keys = [netlink.address_key(payload) for payload in payloads]
    assert (LO, 8, bytes([127, 0, 0, 1])) in keys


@pytest.mark.fuzz
@given(st.binary(max_size=200), st.sampled_from([16, 17, 20, 21, 24, 0]))
def test_nothing_that_is_read_raises(data: bytes, kind: int) -> None:
    """Whatever bytes come, receive() answers."""
    state = NetworkState()
    assert state.receive(data) in (True, False)
    assert state.receive(message(kind, data) + data) in (True, False)
