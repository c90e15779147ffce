"""What the network is told of a server, by real multicast on the loopback interface."""

import os
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from itertools import count

import pytest
import trio
import zeroconf
from zeroconf import ServiceInfo, Zeroconf

from camclient import browsing
from camclient.browsing import look
from camclient.discovery import Found
from camserve import announce, announcement
from camserve.announce import AnnouncementError
from camserve.announcement import Announcement
from camserve.net.listen import bound_port, open_listeners

LOOPBACK = ["127.0.0.1"]
NUMBERS = count()
TIMEOUT = 20.0  # seconds; far more than anything here takes


@pytest.fixture
def service_type() -> str:
    """Of this test alone, whatever else is announced on this machine."""
    return f"_cs{os.getpid()}-{next(NUMBERS)}._tcp.local."


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """This machine's."""
    ours = ["127.0.0.1", "192.0.2.7", "198.51.100.7"]
    monkeypatch.setattr(announcement, "_addresses", lambda: ours)
    return ours


@asynccontextmanager
async def announced(service_type: str) -> AsyncIterator[int]:
    """A server's port is announced; the port."""
    listeners, stop = await open_listeners("0.0.0.0", 0), trio.Event()
    announcing = partial(
        announce.announce, listeners, stop, service_type=service_type, interfaces=LOOPBACK
    )
    try:
        with trio.fail_after(TIMEOUT):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(announcing)
                yield bound_port(listeners)
                stop.set()
    finally:
        for listener in listeners:
            listener.socket.close()


async def seen(
    service_type: str, enough: Callable[[list[Found]], bool] = bool, seconds: float = 5.0
) -> list[Found]:
    """What a camera finds, once it is enough."""
    with trio.fail_after(TIMEOUT):
        while True:
            found = await look(seconds, service_type=service_type, interfaces=LOOPBACK)
            if enough(found):
                return found


async def test_it_is_found_while_it_runs(
    service_type: str, addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with announced(service_type) as port:
        (server,) = await seen(service_type)
        assert server.port == port
        assert set(server.hosts) == {"192.0.2.7", "198.51.100.7"}
        assert (server.resource, server.tls) == ("/video-input-stream", False)
        monkeypatch.setattr(browsing, "SETTLE", 2 * TIMEOUT)
        # One that is known by name is not followed by a wait for others.
        again = look(60, server.name, service_type=service_type, interfaces=LOOPBACK)
        assert [one.name for one in await again] == [server.name]
    await seen(service_type, lambda found: not found, 0.5)


async def test_two_on_one_machine_have_two_names(service_type: str, addresses: list[str]) -> None:
    """Also when they start at the same moment."""
    async with announced(service_type) as one, announced(service_type) as two:
        servers = await seen(service_type, lambda found: len(found) == 2)
        assert {server.port for server in servers} == {one, two}
        assert len({server.name for server in servers}) == 2


async def test_another_machine_has_the_name_already(
    service_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Machines are often all called raspberrypi. On one machine the library may not notice."""
    host = socket.gethostname().partition(".")[0]

    def register(_: Zeroconf, service: ServiceInfo, *, allow_name_change: bool) -> None:
        assert service.name == f"camserve on {host}.{service_type}"
        if allow_name_change:
            service.name = f"camserve on {host}-2.{service_type}"

    monkeypatch.setattr(Zeroconf, "register_service", register)
    made = Announcement(["192.0.2.7"], 8001, {}, service_type=service_type, interfaces=LOOPBACK)
    made.withdraw()
    assert made.name == f"camserve on {host}-2"


async def test_the_end_does_not_wait_for_the_beginning(
    service_type: str, addresses: list[str]
) -> None:
    """Stopped while the library still asks whether the name is taken."""
    async with announced(service_type):
        await trio.sleep(0.3)
        began = trio.current_time()
    assert trio.current_time() - began < announce.LONGEST_ANNOUNCING + announce.LONGEST_WITHDRAWAL
    await seen(service_type, lambda found: not found, 0.5)


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        (["0.0.0.0"], ("192.0.2.7", "198.51.100.7")),
        (["::"], ("2001:db8::7",)),
        (["0.0.0.0", "::"], ("192.0.2.7", "198.51.100.7", "2001:db8::7")),
        (["198.51.100.7"], ("198.51.100.7",)),
        (["127.0.0.1"], ()),
        (["127.0.0.1", "::1", "fe80::7%lo"], ()),
    ],
)
def test_the_addresses_that_others_can_reach(
    addresses: list[str], hosts: list[str], expected: tuple[str, ...]
) -> None:
    addresses += ["::1", "2001:db8::7", "fe80::7"]
    assert announcement.local_addresses(hosts) == expected


def test_this_machine_has_its_loopback_address() -> None:
    assert "127.0.0.1" in announcement._addresses()


async def test_what_the_library_cannot_do_is_one_line(
    service_type: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AnnouncementError, match=r"^[^\n]+$"):
        Announcement(["192.0.2.7"], 1, {}, service_type="nonsense", interfaces=LOOPBACK)

    def no_network(*_: object, **__: object) -> None:
        raise OSError(19, "No such device")

    monkeypatch.setattr(zeroconf, "Zeroconf", no_network)
    with pytest.raises(AnnouncementError, match=r"^No such device$"):
        Announcement(["192.0.2.7"], 1, {}, service_type=service_type)
