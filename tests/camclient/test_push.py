"""One connection against a real server."""

import pytest
from trio.testing import wait_all_tasks_blocked

from camclient import connection as connection_module
from camclient.failures import ConnectionLostError, PushError, Refused, ReplacedError
from camclient.latest import LatestSlot
from camclient.sources.source import Capture
from camserve.wire import (
    BackChannelEvent,
    FrameReceived,
    KeepAliveReceived,
    MoveReceived,
    UpdateRequested,
    encode_move,
    encode_update,
)
from tests.camclient.fakes import (
    BrokenCapture,
    CameraServer,
    FakeCapture,
    FakeProgress,
    Push,
    greet,
    open_sockets,
    wait_until,
)


async def test_the_server_gets_hello_and_exactly_the_encoders_bytes(
    server: CameraServer, begin: Push, slot: LatestSlot[Capture], progress: FakeProgress
) -> None:
    begin(server.url)
    session = await greet(server)
    for picture in (b"first", b"second" * 50_000):
        slot.put(FakeCapture(picture))
        assert await session.next_event() == FrameReceived(picture + bytes([80]))
    await wait_until(lambda: progress.frames == 2)


async def test_a_slow_server_gets_the_newest_picture_and_no_queue_of_old_ones(
    server: CameraServer, begin: Push, slot: LatestSlot[Capture]
) -> None:
    begin(server.url)
    session = await greet(server)
    count, size = 40, 1_000_000  # more than all the buffers of a connection on one machine
    for number in range(count):
        slot.put(FakeCapture(bytes([number]) * size))
        await wait_all_tasks_blocked(0.005)
    got = list[int]()
    while not got or got[-1] != count - 1:
        event = await session.next_event()
        assert isinstance(event, FrameReceived)
        got.append(event.payload[0])
    assert got == sorted(got)
    assert len(got) < count
    assert len(got) + slot.dropped == count


async def test_a_picture_that_cannot_be_encoded_is_skipped_and_told_of_once(
    server: CameraServer,
    begin: Push,
    slot: LatestSlot[Capture],
    caplog: pytest.LogCaptureFixture,
) -> None:
    begin(server.url)
    session = await greet(server)
    broken = BrokenCapture()
    slot.put(broken)
    await wait_until(lambda: broken.encoded == 1)
    slot.put(broken)
    await wait_until(lambda: broken.encoded == 2)
    slot.put(FakeCapture(b"good"))
    assert await session.next_event() == FrameReceived(b"good" + bytes([80]))
    assert caplog.messages == ["a picture was skipped: no such colours"]


async def test_without_pictures_there_are_signs_of_life(
    server: CameraServer, begin: Push, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "KEEP_ALIVE_INTERVAL", 0.01)
    begin(server.url)
    session = await greet(server)
    assert await session.next_event() == KeepAliveReceived()
    assert await session.next_event() == KeepAliveReceived()


async def test_messages_are_handed_over_and_unknown_ones_ignored(
    server: CameraServer, begin: Push, ended: list[PushError]
) -> None:
    got = list[BackChannelEvent]()
    begin(server.url, got.append)
    session = await greet(server)
    for message in ("text", b"\x09\0\0\0", b"\x01", encode_move(0.5, -1), encode_update()):
        await session.socket.send_message(message)
    await wait_until(lambda: len(got) == 2)
    assert got == [MoveReceived(0.5, -1), UpdateRequested()]
    assert not ended


@pytest.mark.parametrize(
    ("code", "reason", "error", "message"),
    [
        (1008, "Invalid token", Refused, "Invalid token"),
        (1008, "No camera with id 7 exists", Refused, "No camera with id 7 exists"),
        (1008, "Replaced by a new connection", ReplacedError, "Replaced by a new connection"),
        (1008, "No space", ConnectionLostError, "the server closed the connection: 1008 No space"),
        (
            1009,
            "Invalid token",
            ConnectionLostError,
            "the server closed the connection: 1009 Invalid token",
        ),
        (1001, "", ConnectionLostError, "the server closed the connection: 1001"),
    ],
)
async def test_the_servers_close_is_understood_and_tcp_ends(
    server: CameraServer,
    begin: Push,
    ended: list[PushError],
    code: int,
    reason: str,
    error: type[PushError],
    message: str,
) -> None:
    before = open_sockets()
    begin(server.url)
    session = await greet(server)
    await session.close(code, reason)
    await wait_until(lambda: ended)
    assert type(ended[0]) is error
    assert str(ended[0]) == message
    await wait_until(lambda: open_sockets() == before)


async def test_a_bug_is_logged_with_its_place_and_ends_only_the_connection(
    server: CameraServer, begin: Push, ended: list[PushError], caplog: pytest.LogCaptureFixture
) -> None:
    def bug(message: BackChannelEvent) -> None:
        raise ZeroDivisionError("bug")

    begin(server.url, bug)
    session = await greet(server)
    await session.socket.send_message(encode_update())
    await wait_until(lambda: ended)
    assert str(ended[0]) == "unexpected ZeroDivisionError"
    assert caplog.records[0].exc_info
