"""Servers that do not do what they should."""

import errno
import os
import struct
from functools import partial
from socket import SO_LINGER, SOL_SOCKET

import pytest
import trio
from trio.testing import wait_all_tasks_blocked
from wsproto.events import CloseConnection

from camclient import pulse
from camclient import push as push_module
from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError, PushError, Refused
from camclient.latest import LatestSlot
from camclient.sources.source import Capture
from camclient.stream import LAST_WORDS, WatchedStream, connect
from tests.camclient.fakes import (
    CameraServer,
    FakeCapture,
    Push,
    greet,
    open_sockets,
    wait_until,
)
from tests.camclient.raw_server import Handler, accept, listen


async def silent(stream: trio.SocketStream) -> None:
    await trio.sleep_forever()


async def hang_up(stream: trio.SocketStream) -> None:
    await stream.receive_some()


async def not_found(stream: trio.SocketStream) -> None:
    await stream.receive_some()
    await stream.send_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno")
    await stream.receive_some()


async def full(stream: trio.SocketStream) -> None:
    await stream.receive_some()
    await stream.send_all(b"HTTP/1.1 503 Full\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n")
    await stream.receive_some()


async def another_protocol(stream: trio.SocketStream) -> None:
    await stream.send_all(b"220 mail.example.org ESMTP\r\n\r\n")
    await trio.sleep_forever()


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (silent, "cannot connect: no answer within 0.2 s"),
        (hang_up, "the server hung up during the WebSocket handshake"),
        (not_found, "no camera server there: HTTP 404"),
        (full, "the server has as many connections as it may have"),
        (another_protocol, "no proper WebSocket: "),
    ],
)
async def test_a_handshake_that_fails_ends_the_connection(
    nursery: trio.Nursery,
    begin: Push,
    ended: list[PushError],
    monkeypatch: pytest.MonkeyPatch,
    handler: Handler,
    message: str,
) -> None:
    monkeypatch.setattr(push_module, "CONNECT_TIMEOUT", 0.2)
    url = await listen(nursery, handler)
    before = open_sockets()
    begin(url)
    await wait_until(lambda: ended)
    assert type(ended[0]) is ConnectionLostError
    assert str(ended[0]).startswith(message)
    if handler is not silent:  # which never looks
        await wait_until(lambda: open_sockets() <= before + 1)


async def test_nobody_listens(begin: Push, ended: list[PushError]) -> None:
    with trio.socket.socket() as unused:
        await unused.bind(("127.0.0.1", 0))
        begin(f"ws://127.0.0.1:{unused.getsockname()[1]}")
        await wait_until(lambda: ended)
    assert str(ended[0]) == f"cannot connect: {os.strerror(errno.ECONNREFUSED)}"


async def test_a_host_that_no_resolver_takes_ends_only_the_connection() -> None:
    endpoint = Endpoint("a..b", 80, "/", tls=False)  # parse_endpoint() would refuse it
    with pytest.raises(ConnectionLostError, match=r"^cannot connect: 'a\.\.b' is no host name$"):
        await connect(endpoint, None)


async def test_a_server_that_answers_no_pings_is_given_up(
    server: CameraServer,
    begin: Push,
    slot: LatestSlot[Capture],
    ended: list[PushError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulse, "PING_INTERVAL", 0.05)
    monkeypatch.setattr(pulse, "SILENCE", 0.2)
    monkeypatch.setattr(pulse, "LOOK_INTERVAL", 0.01)
    begin(server.url)
    await greet(server)
    # While nobody takes its messages, the server's library reads no further.
    for number in range(4):
        slot.put(FakeCapture(bytes([number])))
        await wait_all_tasks_blocked(0.005)
    await wait_until(lambda: ended)
    assert str(ended[0]) == "no sign of life from the server for 0.2 s"


async def test_a_live_server_is_pinged_and_kept(
    server: CameraServer,
    begin: Push,
    slot: LatestSlot[Capture],
    ended: list[PushError],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pulse, "PING_INTERVAL", 0.001)
    monkeypatch.setattr(pulse, "LOOK_INTERVAL", 0.001)
    begin(server.url)
    session = await greet(server)
    for _ in range(20):
        slot.put(FakeCapture(b"x"))
        await session.next_event()
    assert not ended


async def refuse_and_reset(now: trio.Event, stream: trio.SocketStream) -> None:
    """Says why it refuses, and resets TCP in the same breath, as old servers do."""
    wire = await accept(stream)
    await now.wait()
    await stream.send_all(wire.send(CloseConnection(1008, "Invalid token")))
    stream.socket.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    stream.socket.close()


async def test_a_refusal_is_understood_even_when_sending_fails_in_the_same_moment(
    nursery: trio.Nursery, begin: Push, slot: LatestSlot[Capture], ended: list[PushError]
) -> None:
    slot.put(FakeCapture(bytes(20_000_000)))
    now = trio.Event()
    begin(await listen(nursery, partial(refuse_and_reset, now)))
    await wait_all_tasks_blocked(0.05)  # the client hangs in a long send
    now.set()
    await wait_until(lambda: ended)
    assert isinstance(ended[0], Refused)


class Broken(trio.abc.Stream):
    """Cannot be sent to; gives nothing."""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        raise trio.BrokenResourceError

    async def wait_send_all_might_not_block(self) -> None:
        raise trio.BrokenResourceError

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return b""

    async def aclose(self) -> None:
        pass


async def test_a_failed_send_lets_the_reader_finish_first(
    autojump_clock: trio.testing.MockClock, nursery: trio.Nursery
) -> None:
    stream = WatchedStream(Broken())

    async def read_later() -> None:
        await trio.sleep(0.25)
        assert await stream.receive_some() == b""

    nursery.start_soon(read_later)
    with pytest.raises(trio.BrokenResourceError):
        await stream.send_all(b"x")
    assert trio.current_time() == 0.25


async def test_a_failed_send_does_not_wait_for_ever(
    autojump_clock: trio.testing.MockClock,
) -> None:
    with pytest.raises(trio.BrokenResourceError):
        await WatchedStream(Broken()).send_all(b"x")
    assert trio.current_time() == LAST_WORDS
