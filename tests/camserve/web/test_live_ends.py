"""`WS /live`: how it ends, and what a foreign client finds."""

import json
from functools import partial
from pathlib import Path

import pytest
import trio
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from camserve.relay import Frame
from camserve.web.fanout import Fanout
from tests.camserve.web.http_viewer import TIMEOUT, described, until
from tests.camserve.web.live_viewer import live_viewer
from tests.camserve.web.online_camera import books, online
from tests.raw_websocket import BINARY, CLOSE, TEXT, End, frame
from tests.serving import RunningServer, jpeg, running_server

HUGE = jpeg(b"x", 6_000_000)  # more than all buffers between a server and a viewer hold


async def until_behind(server: RunningServer) -> None:
    """Wait until a viewer has begun to get HUGE, and has not got it."""
    await until(server, lambda camera: camera["viewers"] == 1)
    (entry,) = await books(server)
    assert entry["sent"] == 0


async def test_a_stop_is_told_at_once(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server, live_viewer(server) as viewer:
        await viewer.watch()
        began = trio.current_time()
        server.stop.set()
        assert await viewer.socket.closed() == (1001, "The server is stopping")
        await viewer.socket.send(b"\x03\xe9", CLOSE)
        assert await viewer.socket.end() is End.EOF
    assert trio.current_time() - began < 1


async def test_a_stop_does_not_cut_a_message(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path) as server,
        online(server, HUGE),
        live_viewer(server, receive_buffer=4096) as viewer,
    ):
        await viewer.watch()
        await until_behind(server)
        server.stop.set()
        assert (await viewer.frame()).jpeg == HUGE
        assert await viewer.socket.closed() == (1001, "The server is stopping")


async def test_who_watches_when_the_server_stops(tmp_path: Path) -> None:
    """A request that comes between the end of the streams and the close frame harms nobody."""
    async with running_server(tmp_path) as server, live_viewer(server) as viewer:
        await viewer.watch()
        server.stop.set()
        for _ in range(50):
            await viewer.say("watch")
        with trio.fail_after(TIMEOUT):
            assert await viewer.socket.closed() == (1001, "The server is stopping")


async def test_a_long_message_is_refused_and_the_close_frame_is_the_last_thing(
    server: RunningServer,
) -> None:
    async with (
        online(server, HUGE) as publisher,
        live_viewer(server, receive_buffer=4096) as viewer,
    ):
        await viewer.say("watch", padding="x" * 16_000)  # no more than 16 KiB
        await viewer.told()
        await until_behind(server)
        await viewer.say("watch", padding="x" * 17_000)
        await publisher.send(jpeg(b"next"))
        assert (await viewer.frame()).jpeg == HUGE
        opcode, payload = await viewer.message()
        assert (opcode, payload[:2]) == (CLOSE, (1009).to_bytes(2, "big"))
        await viewer.socket.send(payload[:2], CLOSE)
        with trio.fail_after(TIMEOUT):
            while (chunk := await viewer.socket.stream.receive_some()) != b"":
                assert not chunk
        await until(server, lambda camera: camera["viewers"] == 0)


async def test_nothing_follows_the_answer_to_a_close_frame(server: RunningServer) -> None:
    async with (
        online(server, HUGE) as publisher,
        live_viewer(server, receive_buffer=4096) as viewer,
    ):
        await viewer.watch()
        await until_behind(server)
        await viewer.socket.send(b"\x03\xe8bye", CLOSE)
        await publisher.send(HUGE)
        assert (await viewer.message())[1].endswith(HUGE)
        assert await viewer.message() == (CLOSE, b"\x03\xe8bye")
        assert await viewer.socket.end() is End.EOF


async def test_a_viewer_that_asks_and_asks_and_reads_nothing_costs_little(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve, served, most = Fanout.serve, 0, 0

    async def counted(*settings: object) -> None:
        nonlocal served, most
        served += 1
        most = max(most, served)
        try:
            await serve(*settings)  # type: ignore[arg-type]
        finally:
            served -= 1

    monkeypatch.setattr(Fanout, "serve", counted)
    async with online(server, HUGE), live_viewer(server, receive_buffer=4096) as viewer:
        await viewer.watch()
        await until_behind(server)
        request = frame(json.dumps({"op": "watch", "camera": 1}).encode(), TEXT)
        await viewer.socket.stream.send_all(request * 2000)
        await viewer.say("nonsense")
        assert (await viewer.frame()).jpeg == HUGE
        while (message := await viewer.message())[1][:14] != b'{"op": "error"':
            assert message[0] in (TEXT, BINARY)
        assert (await described(server))["viewers"] == 1
    assert most == 1


async def test_an_encoder_that_fails_ends_the_stream_and_is_told(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shared = Frame.shared

    def fail(self: Frame, encode: object) -> bytes:
        if self.jpeg == jpeg(b"bad"):
            raise ValueError("a bug")
        return shared(self, encode)  # type: ignore[arg-type]

    monkeypatch.setattr(Frame, "shared", fail)
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        await publisher.send(jpeg(b"good"))
        await until(server, lambda camera: camera["state"] == "online")
        await viewer.watch()
        await viewer.frame()
        await publisher.send(jpeg(b"bad"))
        assert "watch it again" in await viewer.error()
        await publisher.send(jpeg(b"better"))
        await until(server, lambda camera: camera["viewers"] == 0)
        await viewer.watch()
        await viewer.frame()
    assert "the fan-out of camera 1 failed" in caplog.text


async def test_a_viewer_who_vanishes_in_the_middle_of_a_frame(server: RunningServer) -> None:
    async with online(server, HUGE):
        async with live_viewer(server, receive_buffer=4096) as viewer:
            await viewer.watch()
            await until_behind(server)
        await until(server, lambda camera: camera["viewers"] == 0)


def watch_with_websockets(port: int) -> tuple[object, object, list[str | bytes], int | None]:
    """In a thread: what the library `websockets` agrees on and gets with its own defaults."""
    protocols = [Subprotocol("camserve.live.v1")]
    with connect(f"ws://127.0.0.1:{port}/live", subprotocols=protocols, proxy=None) as socket:
        socket.send('{"op": "watch", "camera": 1}')
        messages = [socket.recv(timeout=TIMEOUT) for _ in range(2)]
        extensions = socket.response.headers.get("Sec-WebSocket-Extensions")  # type: ignore[union-attr]
        socket.send("x" * 20_000)
        with pytest.raises(Exception, match="1009"):
            socket.recv(timeout=TIMEOUT)
        return socket.subprotocol, extensions, messages, socket.close_code


async def test_a_foreign_client(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg(b"one"))
        await until(server, lambda camera: camera["state"] == "online")
        watch = partial(watch_with_websockets, server.http_port)
        subprotocol, extensions, messages, code = await trio.to_thread.run_sync(watch)
        assert subprotocol == "camserve.live.v1"
        # JPEG does not compress.
        assert extensions is None
        status, picture = messages
        assert isinstance(status, str)
        assert json.loads(status)["op"] == "status"
        assert isinstance(picture, bytes)
        assert picture.endswith(jpeg(b"one"))
        assert code == 1009


async def test_a_stalled_viewer_is_cut(tmp_path: Path) -> None:
    async with (
        running_server(tmp_path, stalled_viewer_timeout=0.5) as server,
        online(server, HUGE),
        live_viewer(server, receive_buffer=4096) as viewer,
    ):
        await viewer.watch()
        await until_behind(server)
        await until(server, lambda camera: camera["viewers"] == 0)
        assert await viewer.socket.end() is End.RESET


@pytest.mark.parametrize(
    ("opcode", "payload", "code"), [(TEXT, b"\xff", 1007), (3, b"", 1002), (BINARY, b"", None)]
)
async def test_what_is_no_message(
    server: RunningServer, opcode: int, payload: bytes, code: int | None
) -> None:
    async with live_viewer(server) as viewer:
        await viewer.socket.send(payload, opcode)
        if code is None:
            await viewer.error()
        else:
            with trio.fail_after(TIMEOUT):
                assert (await viewer.socket.closed())[0] == code
