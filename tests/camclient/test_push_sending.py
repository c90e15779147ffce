"""Lines and servers that take a picture slowly, or not at all."""

from collections.abc import Iterator

import pytest
import trio
from trio.testing import MockClock, lockstep_stream_one_way_pair, memory_stream_one_way_pair
from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, BytesMessage, Event, Ping, Pong, Request

from camclient import pulse
from camclient import push as push_module
from camclient.endpoint import Endpoint, Target, parse_endpoint
from camclient.failures import PushError
from camclient.latest import LatestSlot
from camclient.push import push
from camclient.rate import Rate
from camclient.sources.source import Capture
from camclient.stream import WatchedStream
from tests.camclient.fakes import FakeCapture, FakeProgress, Push, open_sockets, wait_until
from tests.camclient.raw_server import StallingServer, listen

#: More than the buffers of a connection on one machine hold.
LARGE = 20_000_000


async def test_cancelling_closes_the_socket_at_once_even_in_the_middle_of_a_picture(
    nursery: trio.Nursery, slot: LatestSlot[Capture], progress: FakeProgress
) -> None:
    server = StallingServer()
    target = Target(parse_endpoint(await listen(nursery, server.handle)), 7, "secret")
    before = open_sockets()
    async with trio.open_nursery() as inner:

        async def run() -> None:
            await push(target, slot, rate=Rate(), progress=progress, handle_message=print)

        inner.start_soon(run)
        slot.put(FakeCapture(bytes(LARGE)))
        await server.stalled.wait()
        started = trio.current_time()
        inner.cancel_scope.cancel()
    assert trio.current_time() - started < pulse.SILENCE / 2
    assert progress.frames == 0
    assert open_sockets() <= before + 1  # the server's end
    server.go_on.set()
    await server.gone.wait()
    assert server.got < LARGE
    await wait_until(lambda: open_sockets() == before)


async def test_a_server_that_takes_no_data_is_given_up(
    nursery: trio.Nursery,
    begin: Push,
    slot: LatestSlot[Capture],
    ended: list[PushError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulse, "SILENCE", 0.2)
    monkeypatch.setattr(pulse, "LOOK_INTERVAL", 0.01)
    server = StallingServer()
    begin(await listen(nursery, server.handle))
    slot.put(FakeCapture(bytes(LARGE)))
    await wait_until(lambda: ended)
    assert str(ended[0]) == "no sign of life from the server for 0.2 s"


class SlowServer:
    """At the end of a line that takes 4 KiB in a second; it pings all the time.

    Attributes:
        frames: bytes of the pictures and the hello that have arrived.
        slowest_pong: the longest that one of its pings was unanswered, seconds.
    """

    RATE = 4096  # bytes each second

    def __init__(self) -> None:
        up, self._receive = lockstep_stream_one_way_pair()
        self._send, down = memory_stream_one_way_pair()
        self.client_stream = WatchedStream(trio.StapledStream(up, down))
        self.frames = 0
        self.slowest_pong = 0.0
        self._wire = WSConnection(ConnectionType.SERVER)
        self._pinged: float | None = None

    async def run(self) -> None:
        while True:
            self._wire.receive_data(bytes(await self._receive.receive_some(self.RATE)))
            for answer in self._answers():
                await self._send.send_all(self._wire.send(answer))
            await trio.sleep(1)

    def _answers(self) -> Iterator[Event]:
        for event in self._wire.events():
            if isinstance(event, Request):
                yield AcceptConnection()
            elif isinstance(event, Ping):
                yield event.response()
            elif isinstance(event, Pong) and self._pinged is not None:
                self.slowest_pong = max(self.slowest_pong, trio.current_time() - self._pinged)
                self._pinged = None
            elif isinstance(event, BytesMessage):
                self.frames += len(event.data)
                if self._pinged is None:
                    self._pinged = trio.current_time()
                    yield Ping()


async def test_a_picture_may_take_long_as_long_as_something_of_it_leaves(
    autojump_clock: MockClock,
    nursery: trio.Nursery,
    begin: Push,
    slot: LatestSlot[Capture],
    progress: FakeProgress,
    ended: list[PushError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    server = SlowServer()

    async def connect(endpoint: Endpoint, ssl_context: object) -> WatchedStream:
        return server.client_stream

    monkeypatch.setattr(push_module, "connect", connect)
    size = 100 * SlowServer.RATE
    begin("ws://slow")
    nursery.start_soon(server.run)
    with trio.fail_after(1000):  # of virtual time
        while not server.frames:  # noqa: ASYNC110 - the hello
            await trio.sleep(1)
        slot.put(FakeCapture(bytes(size)))
        while not (progress.frames or ended):  # noqa: ASYNC110 - neither sets an event
            await trio.sleep(1)
    assert not ended
    assert progress.frames == 1
    assert server.frames > size
    assert 0 < server.slowest_pong < 10  # pings pass in both directions
