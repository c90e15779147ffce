"""What servers say of themselves. tests/camserve/test_announcement.py lets a real one be found."""

import os
import sys
import threading
from ipaddress import ip_network

import pytest
import trio

pytest.importorskip("zeroconf")

import zeroconf

from camclient.browsing import found_server, is_available, look, ranked
from camclient.discovery import DiscoveryError, Found

LOOPBACK = ["127.0.0.1"]
NETWORKS = [ip_network("192.168.1.0/24"), ip_network("fd00::/64"), ip_network("fe80::/64")]


@pytest.fixture
def service_type() -> str:
    """One that nobody announces."""
    return f"_cb{os.getpid()}._tcp.local."


def service(
    *addresses: str, port: int = 8001, machine: str = "pi.local.", **text: str
) -> zeroconf.ServiceInfo:
    return zeroconf.ServiceInfo(
        "_camserve._tcp.local.",
        "camserve on pi._camserve._tcp.local.",
        port=port,
        properties={key.encode(): value.encode() for key, value in text.items()},
        server=machine,
        parsed_addresses=list(addresses),
    )


def test_a_server_in_our_network() -> None:
    announced = service("192.168.1.7", path="/cameras", version="0.1", tls="0")
    expected = Found("camserve on pi", ("192.168.1.7",), 8001, "/cameras")
    assert found_server(announced, NETWORKS) == expected


@pytest.mark.parametrize("path", ["", "video", "/a b", "/\u00e4", "/a\r\nHost: x", "http://x/"])
def test_a_path_that_makes_no_sense_is_the_usual_one(path: str) -> None:
    found = found_server(service("192.168.1.7", path=path), NETWORKS)
    assert found is not None
    assert found.resource == "/video-input-stream"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ({"tls": "1", "host": "cams.example"}, "cams.example"),
        ({"tls": "1"}, None),
        ({"tls": "1", "host": "a b"}, None),
        ({"tls": "1", "host": "\u00e4"}, None),
        ({"tls": "0", "host": "cams.example"}, None),
    ],
)
def test_with_tls_it_says_which_name_its_certificate_has(
    text: dict[str, str], name: str | None
) -> None:
    found = found_server(service("192.168.1.7", **text), NETWORKS)  # type: ignore[arg-type]
    assert found is not None
    endpoint = found.endpoint(0)
    assert endpoint.tls == (text["tls"] == "1")
    assert (endpoint.host, endpoint.name) == ("192.168.1.7", name)


@pytest.mark.parametrize("broken", [service(), service("192.168.1.7", port=0)])
def test_a_server_that_nobody_can_connect_to(broken: zeroconf.ServiceInfo) -> None:
    assert found_server(broken, NETWORKS) is None


def test_the_most_promising_address_comes_first() -> None:
    """One of our own networks before that of a container, IPv4 before IPv6."""
    addresses = ["127.0.0.1", "fe80::1%2", "fd00::1", "172.17.0.1", "2001:db8::1", "192.168.1.7"]
    expected = ["192.168.1.7", "fd00::1", "172.17.0.1", "2001:db8::1", "fe80::1%2", "127.0.0.1"]
    assert ranked(addresses, NETWORKS) == expected
    assert ranked(addresses[::-1], NETWORKS) == expected


async def test_nobody_answers(service_type: str) -> None:
    with trio.fail_after(10):
        assert await look(0.2, service_type=service_type, interfaces=LOOPBACK) == []


async def test_a_look_that_is_cancelled_leaves_no_thread_behind(service_type: str) -> None:
    before = threading.active_count()
    with trio.move_on_after(0.2):
        await look(60, service_type=service_type, interfaces=LOOPBACK)
    with trio.fail_after(10):
        # Trio keeps an idle thread for a while.
        while threading.active_count() > before + 1:  # noqa: ASYNC110
            await trio.sleep(0.01)


async def test_what_the_library_cannot_do_is_one_line(
    service_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_network(*_: object, **__: object) -> None:
        raise OSError(19, "No such device")

    monkeypatch.setattr(zeroconf, "Zeroconf", no_network)
    with pytest.raises(DiscoveryError, match=r"^No such device$"):
        await look(5, service_type=service_type)


def test_whether_the_library_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_available()
    monkeypatch.setitem(sys.modules, "zeroconf", None)
    assert not is_available()
