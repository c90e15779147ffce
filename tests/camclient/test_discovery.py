"""Which server is taken, and when the network is asked again; what it answers is scripted."""

import logging
from collections.abc import Sequence

import pytest

from camclient.discovery import (
    FIRST_LOOK,
    NEXT_LOOK,
    SHORT_LOOK,
    Discovery,
    DiscoveryError,
    Found,
    secured,
)
from camclient.failures import ConnectionLostError, PushError, Refused

ONE = Found("one", ("192.0.2.1",), 8001, "/video-input-stream")
TWO = Found("two", ("192.0.2.2",), 8002, "/other", tls=True)
AT_ONE, AT_TWO = "ws://192.0.2.1:8001/video-input-stream", "wss://192.0.2.2:8002/other"


class Network:
    """What answers; notes how long it was asked."""

    def __init__(self, *servers: Found) -> None:
        self.servers: Sequence[Found] = servers
        self.problem: str | None = None
        self.looks: list[float] = []
        self.until: str | None = None

    async def look(self, seconds: float, until: str | None) -> Sequence[Found]:
        self.looks.append(seconds)
        self.until = until
        if self.problem is not None:
            raise DiscoveryError(self.problem)
        return self.servers


async def places(discovery: Discovery, number: int) -> list[str]:
    """Where to connect to, asked for after one failed connection after the other."""
    return [str(await discovery.locate()) for _ in range(number)]


async def refusal(network: Network, discovery: Discovery) -> PushError:
    await discovery.locate()
    return discovery.refused(Refused("No camera with id 7 exists"))


async def test_the_only_server(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "camclient")
    network = Network(TWO)
    discovery = Discovery(network.look)
    assert str(discovery) == "the server on the local network"
    assert str(await discovery.locate()) == AT_TWO
    assert str(discovery) == f"two ({AT_TWO})"
    assert network.looks == [FIRST_LOOK]
    assert caplog.messages == [f"found two ({AT_TWO}) on the local network"]


async def test_of_several_the_first_by_name_and_the_others_are_named(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "camclient")
    for servers in ([ONE, TWO], [TWO, ONE]):
        discovery = Discovery(Network(*servers).look)
        assert await places(discovery, 5) == [AT_ONE] * 5
    (message, again) = caplog.messages
    assert message == again
    assert "'one', 'two'; 'one' is taken, --server chooses another" in message


async def test_there_is_none() -> None:
    network = Network()
    discovery = Discovery(network.look)
    for _ in range(3):
        with pytest.raises(ConnectionLostError, match=r"no camera server found .* --server$"):
            await discovery.locate()
    # Long looks, in which a server that starts is found at once.
    assert network.looks == [FIRST_LOOK, NEXT_LOOK, NEXT_LOOK]
    network.servers = [ONE]
    assert await places(discovery, 1) == [AT_ONE]


async def test_the_network_cannot_be_asked() -> None:
    network = Network()
    network.problem = "No such device"
    discovery = Discovery(network.look)
    with pytest.raises(ConnectionLostError, match=r"looked for: No such device; .* --server$"):
        await discovery.locate()
    network.problem, network.servers = None, [ONE]
    assert await places(discovery, 1) == [AT_ONE]
    # Then what is known stands.
    network.problem = "No such device"
    assert await places(discovery, 5) == [AT_ONE] * 5


async def test_a_server_that_moved_is_found_without_waiting_for_others() -> None:
    network = Network(ONE)
    discovery = Discovery(network.look)
    await discovery.locate()
    assert network.until is None
    discovery.let_in()
    network.servers = [Found("one", ("192.0.2.9",), 9, "/x")]
    assert await places(discovery, 1) == ["ws://192.0.2.9:9/x"]
    assert network.until == "one"


async def test_a_server_that_is_not_announced_any_more_is_still_tried() -> None:
    network = Network(ONE)
    discovery = Discovery(network.look)
    await discovery.locate()
    network.servers, network.looks = [], []
    assert await places(discovery, 5) == [AT_ONE] * 5
    # Short looks, since it may be there all the same.
    assert network.looks == [SHORT_LOOK] * 5


async def test_one_address_after_the_other_until_one_lets_us_in() -> None:
    network = Network(Found("one", ("a", "b", "c"), 1, "/"))
    discovery = Discovery(network.look)
    assert [place[5] for place in await places(discovery, 5)] == ["a", "b", "c", "a", "b"]
    discovery.let_in()
    assert [place[5] for place in await places(discovery, 1)] == ["b"]
    network.servers = [Found("one", ("x", "y"), 1, "/")]
    assert [place[5] for place in await places(discovery, 3)] == ["x", "y", "x"]


async def test_the_first_refusal_is_the_last_word() -> None:
    network = Network(ONE)
    discovery = Discovery(network.look)
    assert isinstance(await refusal(network, discovery), Refused)
    discovery.let_in()
    assert isinstance(await refusal(network, discovery), Refused)


async def test_another_server_may_not_send_the_camera_home(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Ours is only switched off for a while; the one beside it does not know the camera."""
    network = Network(TWO)
    discovery = Discovery(network.look)
    await discovery.locate()
    discovery.let_in()
    network.servers = [ONE]
    error = await refusal(network, discovery)
    assert isinstance(error, ConnectionLostError)
    assert str(error) == "No camera with id 7 exists; 'two', which knows the camera, is not there"
    # Ours is back; the other one is no choice then, and nothing to warn of.
    network.servers = [ONE, TWO]
    caplog.clear()
    caplog.set_level(logging.WARNING, "camclient")
    assert await places(discovery, 1) == [AT_TWO]
    assert caplog.messages == []


async def test_a_server_that_lets_us_in_under_another_name_is_the_right_one() -> None:
    network = Network(ONE)
    discovery = Discovery(network.look)
    await discovery.locate()
    discovery.let_in()
    network.servers = [Found("renamed", ONE.hosts, ONE.port, ONE.resource)]
    await places(discovery, 1)
    discovery.let_in()
    assert isinstance(await refusal(network, discovery), Refused)


async def test_who_wants_tls_finds_no_server_without_it() -> None:
    """Anybody could announce one, and would be told the token."""
    network = Network(ONE, TWO)
    assert await places(Discovery(secured(network.look)), 1) == [str(TWO.endpoint(0))]
    network = Network(ONE)
    with pytest.raises(ConnectionLostError, match="no server here speaks TLS"):
        await Discovery(secured(network.look)).locate()
