"""Who gets a place, who gives way, and what one is told for whom there is none."""

from dataclasses import dataclass, field
from ipaddress import ip_network
from types import SimpleNamespace
from typing import cast

import pytest
import trio

from camserve.net.admission import Admission, Limits, Place
from camserve.net.life import Life
from camserve.net.stream import ConnectionStream, do_nothing
from tests.camserve.net.connections import TIMEOUT


@dataclass(eq=False)
class Caller:
    """As much of a connection as an admission looks at."""

    address: str
    is_open: bool = True
    authenticated: object = field(default=do_nothing)
    life: Life = field(default_factory=lambda: Life("192.0.2.1:1234"))

    @property
    def socket(self) -> SimpleNamespace:
        return SimpleNamespace(getpeername=lambda: (self.address, 1234))

    @property
    def peer(self) -> str:
        return f"{self.address}:1234"

    def close(self) -> None:
        self.is_open = False


@dataclass
class Lobby:
    """An admission, and connections that stay."""

    admission: Admission

    def come(self, address: str, *, known: bool = False) -> Caller | None:
        """A connection from this address; None: it was refused."""
        caller = Caller(address)
        place = self.place(caller)
        if place is None:
            return None
        if known:
            place.authenticate()
        return caller

    def place(self, caller: Caller) -> Place | None:
        return self.admission.place(cast(ConnectionStream, caller))


def lobby(most: int, strangers: int, per_address: int = 1000, exempt: str = "10.9.0.0/16") -> Lobby:
    return Lobby(Admission(Limits(most, strangers, per_address, (ip_network(exempt),))))


def open_ones(callers: list[Caller | None]) -> list[bool]:
    return [caller is not None and caller.is_open for caller in callers]


async def test_the_longest_waiting_stranger_gives_way() -> None:
    door = lobby(most=100, strangers=3)
    callers = [door.come("192.0.2.1") for _ in range(5)]
    assert open_ones(callers) == [False, False, True, True, True]
    assert (door.admission.unauthenticated, door.admission.gave_way) == (3, 2)


async def test_one_who_is_known_never_gives_way() -> None:
    door = lobby(most=100, strangers=2)
    known = door.come("192.0.2.1", known=True)
    others = [door.come("192.0.2.1") for _ in range(3)]
    assert open_ones([known, *others]) == [True, False, True, True]


async def test_who_holds_most_places_gives_way_first() -> None:
    """A crowd from one address does not push out the one who waited longer than all of it."""
    door = lobby(most=100, strangers=4)
    alone = door.come("192.0.2.1")
    crowd = [door.come("192.0.2.2") for _ in range(3)]
    newcomers = [door.come(f"192.0.2.{number}") for number in (3, 4)]
    assert open_ones([alone, *crowd, *newcomers]) == [True, False, False, True, True, True]


async def test_of_several_that_hold_as_many_the_longest_waiting_one() -> None:
    door = lobby(most=100, strangers=3)
    place = door.place(Caller("192.0.2.1"))
    assert place is not None
    second, third = door.come("192.0.2.2"), door.come("192.0.2.1")
    place.authenticate()  # so that its address came first, but not who waits there now
    fourth, fifth = door.come("192.0.2.3"), door.come("192.0.2.4")
    assert open_ones([second, third, fourth, fifth]) == [False, True, True, True]


async def test_an_address_has_few_places() -> None:
    door = lobby(most=100, strangers=50, per_address=2)
    callers = [door.come("192.0.2.1") for _ in range(3)]
    other = door.come("192.0.2.2")
    assert open_ones([*callers, other]) == [False, True, True, True]
    assert (door.admission.gave_way, door.admission.gave_way_address) == (0, 1)


@pytest.mark.parametrize(
    ("address", "other", "together"),
    [
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1", "::ffff:192.0.2.1", True),
        ("2001:db8::1", "2001:db8::ffff:1", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("fe80::1%eth0", "fe80::2", True),
    ],
)
async def test_what_counts_as_one_address(address: str, other: str, together: bool) -> None:
    door = lobby(most=100, strangers=50, per_address=1)
    first = door.come(address)
    door.come(other)
    assert open_ones([first]) == [not together]


@pytest.mark.parametrize("address", ["127.0.0.1", "127.3.2.1", "::1", "10.9.8.7"])
async def test_this_machine_and_proxies_have_as_many_as_there_are(address: str) -> None:
    door = lobby(most=100, strangers=3, per_address=1)
    assert open_ones([door.come(address) for _ in range(3)]) == [True, True, True]


async def test_a_full_server_refuses_when_nobody_can_give_way() -> None:
    door = lobby(most=3, strangers=3)
    known = [door.come("192.0.2.1", known=True) for _ in range(2)]
    stranger = door.come("192.0.2.2")
    newcomer = door.come("192.0.2.3", known=True)
    assert open_ones([*known, stranger, newcomer]) == [True, True, False, True]
    assert door.come("192.0.2.4") is None
    assert door.admission.connections == 3


async def test_a_place_is_free_when_its_connection_ends() -> None:
    door = lobby(most=1, strangers=1)
    for known in (False, True):
        place = door.place(Caller("192.0.2.1"))
        assert place is not None
        with place:
            if known:
                place.authenticate()
            assert door.admission.connections == 1
        assert (door.admission.connections, door.admission.unauthenticated) == (0, 0)


async def test_who_gives_way_is_cancelled_whatever_it_waits_for() -> None:
    door = lobby(most=100, strangers=1)
    place = door.place(Caller("192.0.2.1"))
    assert place is not None
    with trio.fail_after(TIMEOUT), place:
        door.come("192.0.2.1")
        await trio.sleep_forever()


async def test_other_limits_count_from_the_next_connection() -> None:
    door = lobby(most=100, strangers=3)
    before = [door.come("192.0.2.1") for _ in range(3)]
    door.admission.configure(Limits(100, 2, 1000))
    assert open_ones(before) == [True, True, True]
    after = door.come("192.0.2.1")
    assert open_ones([*before, after]) == [False, False, True, True]


async def test_the_log_tells_of_a_flood_in_few_lines(caplog: pytest.LogCaptureFixture) -> None:
    door = lobby(most=100, strangers=1)
    for _ in range(200):
        door.come("192.0.2.1")
    assert 1 <= len(caplog.records) <= 20
    assert caplog.messages[0].startswith("192.0.2.1:1234 gave way to a newcomer")


async def test_a_limit_above_what_the_system_allows_is_lowered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("camserve.net.admission.room_for_connections", lambda wanted: 1)
    door = lobby(most=2, strangers=2)
    assert door.come("192.0.2.1", known=True)
    assert door.come("192.0.2.1") is None
    assert "max_connections (2)" in caplog.messages[0]
