"""The watcher, on a real kernel's network; as root, so that there is one to play with."""

import errno
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from functools import partial

import pytest
import trio
import trio.testing

from camclient import network
from camclient.network import NetworkWatcher
from tests.netns.namespace import Namespace, namespaces

SOON = 3.0  # seconds; far more than a burst takes
NEVER = 0.4  # seconds in which nothing happens; the kernel tells at once


@pytest.fixture
def computer() -> Iterator[Namespace]:
    """With one end of a cable, `eth0`, whose other end `far0` is in the same place; both down."""
    with namespaces(1) as (made,):
        made.ip("link add eth0 type veth peer name far0")
        for device in ("eth0", "far0"):  # else IPv6 goes on about its own address for seconds
            made.ip(f"link set {device} addrgenmode none")
        made.ip("link set far0 up")
        yield made


@pytest.fixture
async def watcher(
    computer: Namespace, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[NetworkWatcher]:
    monkeypatch.setattr(network, "SHORTEST_INTERVAL", 0)
    with computer.call(NetworkWatcher) as made:
        yield made


async def ip(computer: Namespace, words: str) -> None:
    await trio.to_thread.run_sync(partial(computer.ip, words))


async def settle(watcher: NetworkWatcher) -> None:
    """Wait until the kernel has nothing more to say."""
    with trio.fail_after(20):
        while True:
            with trio.move_on_after(NEVER) as quiet:
                await watcher.wait()
            if quiet.cancelled_caught:
                return


async def up(computer: Namespace, watcher: NetworkWatcher) -> None:
    await ip(computer, "link set eth0 up")
    await settle(watcher)


async def test_a_link_that_comes_up(computer: Namespace, watcher: NetworkWatcher) -> None:
    await settle(watcher)
    await ip(computer, "link set eth0 up")
    with trio.fail_after(SOON):
        await watcher.wait()


@pytest.mark.parametrize(
    "change",
    [
        "addr add 10.7.0.2/24 dev eth0",
        "-6 addr add fd07::2/64 dev eth0 nodad",
        "route add 10.8.0.0/24 dev eth0",
    ],
)
async def test_an_address_or_a_route_that_appears(
    computer: Namespace, watcher: NetworkWatcher, change: str
) -> None:
    await up(computer, watcher)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(ip, computer, change)
        with trio.fail_after(SOON):
            await watcher.wait()


async def test_what_vanishes_is_no_news(computer: Namespace, watcher: NetworkWatcher) -> None:
    await ip(computer, "addr add 10.7.0.2/24 dev eth0")
    await up(computer, watcher)
    await ip(computer, "link set eth0 down")
    with trio.move_on_after(NEVER) as quiet:
        await watcher.wait()
    assert quiet.cancelled_caught


async def test_news_between_two_waits_is_not_missed(
    computer: Namespace, watcher: NetworkWatcher
) -> None:
    await up(computer, watcher)
    await ip(computer, "addr add 10.7.0.2/24 dev eth0")
    await trio.sleep(0.1)  # the kernel's work is done; nobody has looked
    with trio.fail_after(SOON):
        await watcher.wait()


async def test_who_is_cancelled_loses_no_news(computer: Namespace, watcher: NetworkWatcher) -> None:
    await up(computer, watcher)
    await ip(computer, "addr add 10.7.0.2/24 dev eth0")
    with trio.move_on_after(network.QUIET / 2) as early:
        await watcher.wait()  # has read it, and waits for the burst to end
    assert early.cancelled_caught
    with trio.fail_after(SOON):
        await watcher.wait()


async def test_a_flapping_network_is_told_of_once_a_second(
    computer: Namespace, watcher: NetworkWatcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    await up(computer, watcher)
    monkeypatch.undo()

    async def flap() -> None:
        while True:
            await ip(computer, "addr add 10.7.0.2/24 dev eth0")
            await ip(computer, "addr del 10.7.0.2/24 dev eth0")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(flap)
        times = list[float]()
        with trio.fail_after(SOON + 2):
            for _ in range(3):
                await watcher.wait()
                times.append(trio.current_time())
        nursery.cancel_scope.cancel()
    assert times[2] - times[0] == pytest.approx(2, abs=0.5)


async def test_more_than_the_kernel_keeps_for_us(
    computer: Namespace, watcher: NetworkWatcher
) -> None:
    addresses = [f"10.7.0.{last}/32 dev eth0" for last in range(2, 22)]
    for address in addresses:
        await ip(computer, f"addr add {address}")
    await up(computer, watcher)
    assert watcher._socket is not None
    watcher._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    for address in reversed(addresses):
        await ip(computer, f"addr del {address}")
    with trio.fail_after(SOON):
        await watcher.wait()  # only the loss is news: there may have been anything in it
    await settle(watcher)
    await ip(computer, f"addr add {addresses[0]}")
    with trio.fail_after(SOON):
        await watcher.wait()  # that it had vanished was in what got lost


@pytest.mark.parametrize("error", [errno.EAFNOSUPPORT, errno.EPERM, errno.EACCES])
async def test_where_there_is_no_netlink_it_waits_for_ever(
    error: int, monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    def denied(*_: object) -> None:
        raise OSError(error, "denied")

    with monkeypatch.context() as patch:
        patch.setattr(socket, "socket", denied)
        watcher = NetworkWatcher()
    with watcher, trio.move_on_after(1e6) as waiting:
        await watcher.wait()
    assert waiting.cancelled_caught


async def test_on_another_system_it_waits_for_ever(
    monkeypatch: pytest.MonkeyPatch, autojump_clock: trio.testing.MockClock
) -> None:
    monkeypatch.delattr(socket, "AF_NETLINK")
    with NetworkWatcher() as watcher, trio.move_on_after(1e6) as waiting:
        await watcher.wait()
    assert waiting.cancelled_caught


async def test_a_socket_that_breaks_is_the_end_of_news_and_of_nothing_else(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object) -> None:
        await trio.lowlevel.checkpoint()
        raise OSError(errno.ENOTCONN, "broken")

    caplog.set_level(logging.DEBUG)
    with NetworkWatcher() as watcher, trio.move_on_after(0.2) as waiting:
        assert watcher._socket is not None
        monkeypatch.setattr(watcher._socket, "recvfrom", broken)
        await watcher.wait()
    assert waiting.cancelled_caught
    assert caplog.text.count("not seen any more") == 1
