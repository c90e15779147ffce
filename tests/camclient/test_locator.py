"""Connections to a server that has to be found first, over real sockets."""

import logging
from collections.abc import Iterator

import pytest
import trio

from camclient.discovery import Discovery, Found
from camclient.failures import Refused
from camclient.run import publish
from camclient.sources.source import Capture
from camserve.wire import FrameReceived
from tests.camclient.fakes import CameraServer, FakeCapture, FakeSource, greet, start_server


def numbers() -> Iterator[Capture | Exception]:
    for number in range(1_000_000):
        yield FakeCapture(b"%d." % number)


class LocalNetwork:
    """Says where this server is."""

    def __init__(self, server: CameraServer, name: str = "ours") -> None:
        self.server, self.name = server, name

    async def look(self, _: float, until: str | None) -> list[Found]:
        await trio.lowlevel.checkpoint()
        return [Found(self.name, ("127.0.0.1",), self.server.port, "/video-input-stream")]


async def push_to(network: LocalNetwork) -> None:
    source = FakeSource(numbers, pace=200)
    await publish(source, server_url=Discovery(network.look), camera_id=7, token="secret")


async def test_a_server_that_comes_back_elsewhere_is_found(
    nursery: trio.Nursery, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "camclient")
    with trio.fail_after(20):
        async with trio.open_nursery() as first_life:
            network = LocalNetwork(await start_server(first_life))
            nursery.start_soon(push_to, network)
            session = await greet(network.server)
            assert isinstance(await session.next_event(), FrameReceived)
            await trio.sleep(1.1)  # that long without a refusal means that it has let us in
            network.server = await start_server(nursery)
            first_life.cancel_scope.cancel()
        again = await greet(network.server)
        assert isinstance(await again.next_event(), FrameReceived)
    nursery.cancel_scope.cancel()
    # Each line names the place that it speaks of.
    assert any(
        line.startswith("ours (ws://127.0.0.1:") and line.endswith("connected")
        for line in caplog.messages
    )


async def test_a_server_that_was_found_and_refuses_ends_it(nursery: trio.Nursery) -> None:
    network = LocalNetwork(await start_server(nursery))

    async def refuse() -> None:
        await (await greet(network.server)).close(1008, "No camera with id 7 exists")

    nursery.start_soon(refuse)
    with trio.fail_after(10), pytest.raises(Refused, match=r"^No camera with id 7 exists$"):
        await push_to(network)


async def test_a_stranger_beside_our_server_that_refuses_does_not(nursery: trio.Nursery) -> None:
    with trio.fail_after(20):
        async with trio.open_nursery() as first_life:
            network = LocalNetwork(await start_server(first_life))
            nursery.start_soon(push_to, network)
            session = await greet(network.server)
            assert isinstance(await session.next_event(), FrameReceived)
            await trio.sleep(1.1)
            network.server, network.name = await start_server(nursery), "a stranger"
            first_life.cancel_scope.cancel()
        stranger = network.server
        await (await greet(stranger)).close(1008, "No camera with id 7 exists")
        network.server, network.name = await start_server(nursery), "ours"
        again = await greet(network.server)
        assert isinstance(await again.next_event(), FrameReceived)
    nursery.cancel_scope.cancel()
