"""Streams whose bytes go past hypercorn: nobody can tell, before, during or after."""

import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
import trio
import trio.testing
from hypercorn.typing import ASGIFramework, ASGIReceiveCallable, ASGISendCallable, Scope

from camserve.net.stream import ConnectionStream
from camserve.relay import Hub, Viewer
from camserve.web import mjpeg, streams
from camserve.web.fanout import Fanout
from camserve.web.http import HttpServer
from camserve.web.seat import Seat
from camserve.web.streams import StreamKind
from tests.camserve.web.http_viewer import TIMEOUT, HttpViewer, http_viewer, until
from tests.camserve.web.online_camera import online
from tests.camserve.web.open_door import open_doorkeeper
from tests.camserve.web.test_fanout import encoding
from tests.raw_websocket import End, end_of
from tests.serving import RunningServer, jpeg, running_server

pytestmark = pytest.mark.usefixtures("plain_and_tls_servers")

TARGET = "/cameras/1/stream.mjpg"
HUGE = jpeg(b"x", 6_000_000)  # more than all buffers on the way hold


async def whole_stream(server: RunningServer, version: str) -> tuple[list[str], bytes]:
    """The head without its date, and all bytes behind it."""
    async with online(server, jpeg(0)) as publisher, http_viewer(server) as viewer:
        head = await viewer.ask(TARGET, version=version)
        pictures = [jpeg(0), jpeg(b"\r\n0\r\n\r\n"), jpeg(b"x", 200_000)]
        body = await viewer.read_until(pictures[0] + b"\r\n")
        for picture in pictures[1:]:
            await publisher.send(picture)
            body += await viewer.read_until(picture + b"\r\n")
        server.stop.set()
        body += await viewer.read_to_end()
    return [f"{name}: {value}" for name, value in head.fields if name != "date"], body


def unchunked(body: bytes) -> bytes:
    data = b""
    while True:
        size, _, body = body.partition(b"\r\n")
        data += body[: int(size, 16)]
        if not int(size, 16):
            assert body == b"\r\n"
            return data
        assert body[int(size, 16) :].startswith(b"\r\n")
        body = body[int(size, 16) + 2 :]


def without_times(body: bytes) -> bytes:
    return re.sub(rb"X-Timestamp: \d{10}\.\d{6}", b"X-Timestamp: 1700000000.000000", body)


async def test_both_ways_give_the_same_bytes(
    tmp_path: Path, no_repeats: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = {}
    for way in ("directly", "in pieces", "1.0"):
        version = "1.0" if way == "1.0" else "1.1"
        with monkeypatch.context() as patch:
            if way == "in pieces":
                patch.setattr(streams, "CONNECTION", "not there")
            folder = tmp_path / way
            folder.mkdir()
            async with running_server(folder) as server:
                head, body = await whole_stream(server, version)
                answers[way] = head, without_times(body)
    assert answers["directly"] == answers["in pieces"]
    assert "transfer-encoding: chunked" in answers["directly"][0]
    assert without_times(unchunked(answers["directly"][1])) == answers["1.0"][1]


@pytest.mark.parametrize("way", ["directly", "in pieces"])
async def test_the_connection_serves_more_requests_after_a_stream(
    tmp_path: Path, no_repeats: None, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    if way == "in pieces":
        monkeypatch.setattr(streams, "CONNECTION", "not there")
    async with running_server(tmp_path, cameras=2) as server, http_viewer(server) as viewer:
        first, second = online(server, jpeg(0)), online(server, jpeg(b"other"), 2)
        async with first, second:
            await viewer.ask(TARGET)
            assert await viewer.picture() == jpeg(0)
            # Pipelined: it is answered when the stream before it has ended.
            await viewer.send("/hello")
            await viewer.send("/cameras/2/stream.mjpg")
            server.registry.remove(1)
            assert await viewer.chunk() == b"--camserveframe--\r\n"
            assert await viewer.chunk() == b""
            assert (await viewer.read_head()).status == 200
            assert b"Hello" in await viewer.read(int(viewer.head["content-length"]))
            assert (await viewer.read_head()).status == 200
            assert await viewer.picture() == jpeg(b"other")


async def test_a_viewer_who_leaves_a_pipeline_in_a_silence_is_noticed(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody reads behind a pipelined request: it is the repeat that finds the viewer gone."""
    quick = replace(mjpeg.KIND.encoding, first_repeat=0.05, next_repeats=0.05)
    monkeypatch.setattr(mjpeg, "KIND", StreamKind(mjpeg.KIND.content_type, quick))
    async with online(server, jpeg(0)):
        async with http_viewer(server) as viewer:
            await viewer.ask(TARGET)
            await viewer.part()
            await viewer.send("/hello")
            await until(server, lambda camera: camera["viewers"] == 1)
        await until(server, lambda camera: camera["viewers"] == 0)


async def test_what_hypercorn_sends_and_when() -> None:
    """Headers at once at their event, nothing for an empty body, at its end the last chunk only.

    A direct stream stands between these, so this has to stay so.
    """
    go_on = trio.Semaphore(0)

    async def app(scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        assert scope["type"] == "http"
        connection = scope["extensions"][streams.CONNECTION]
        assert isinstance(connection, ConnectionStream)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await go_on.acquire()
        await connection.send_all(b"3\r\nabc\r\n")
        await send({"type": "http.response.body", "body": b"", "more_body": True})
        await connection.send_all(b"3\r\ndef\r\n")
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    server = HttpServer(cast(ASGIFramework, app), {}, open_doorkeeper())
    async with trio.open_nursery() as nursery, stream_pair() as (accepted, client):
        nursery.start_soon(server.serve, accepted)
        viewer = HttpViewer(client)
        for _ in range(2):
            assert (await viewer.ask("/anything"))["transfer-encoding"] == "chunked"
            await trio.testing.wait_all_tasks_blocked()
            assert viewer.unread == b""
            go_on.release()
            assert await viewer.read(21) == b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"
        nursery.cancel_scope.cancel()


@asynccontextmanager
async def stream_pair(
    receive_buffer: int = 65536,
) -> AsyncIterator[tuple[ConnectionStream, trio.SocketStream]]:
    """A server's end of a connection and a client's."""
    (listener,) = await trio.open_tcp_listeners(0, host="127.0.0.1")
    connected = trio.socket.socket()
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    await connected.connect(listener.socket.getsockname())
    async with listener, await listener.accept() as accepted, trio.SocketStream(connected) as end:
        yield ConnectionStream(accepted, stall_timeout=5), end


async def test_an_unsent_tail_closes_the_connection_and_wakes_who_waits_behind_it() -> None:
    hub, fanout = Hub(), Fanout(encoding())
    refused = trio.Event()
    async with trio.open_nursery() as nursery, stream_pair(4096) as (stream, client):
        with hub.subscribe(1) as frames:
            nursery.start_soon(fanout.run, frames)
            with trio.CancelScope() as watching:

                async def send_between(task_status: trio.TaskStatus[None]) -> None:
                    task_status.started()
                    with pytest.raises((trio.ClosedResourceError, trio.BrokenResourceError)):
                        await stream.send_all(b"a pong")
                    refused.set()

                async def cut(scope: trio.CancelScope) -> None:
                    await trio.testing.wait_all_tasks_blocked()
                    hub.publish(1, HUGE)
                    await nursery.start(send_between)
                    await trio.testing.wait_all_tasks_blocked()
                    scope.cancel()

                nursery.start_soon(cut, watching)
                await fanout.serve(Seat(Viewer("test")), stream)
            assert stream.socket.fileno() == -1
            assert await end_of(client) is End.RESET
            with trio.fail_after(TIMEOUT):
                await refused.wait()
            nursery.cancel_scope.cancel()


async def test_an_abandoned_tail_holds_nobody_up() -> None:
    async with stream_pair(4096) as (stream, _), trio.open_nursery() as nursery:
        assert 0 < stream.send_nowait(HUGE) < len(HUGE)

        async def abandon() -> None:
            await trio.testing.wait_all_tasks_blocked()
            stream.abort()

        nursery.start_soon(abandon)
        with trio.fail_after(TIMEOUT), pytest.raises(trio.ClosedResourceError):
            await stream.send_all(b"a pong")


async def test_a_closed_connection_never_writes_to_its_reused_file_number() -> None:
    async with stream_pair() as (stream, _):
        number = stream.socket.fileno()
        stream.close()
        left, right = socket.socketpair()
        with left, right:
            assert number in (left.fileno(), right.fileno())
            right.setblocking(False)
            left.setblocking(False)
            assert stream.send_nowait(b"not for you") == 0
            for end in (left, right):
                with pytest.raises(BlockingIOError):
                    end.recv(1)


@pytest.mark.parametrize("stalled", [False, True])
async def test_a_stop_with_viewers_in_every_state(tmp_path: Path, stalled: bool) -> None:
    """Ready, resting, and (stalled) behind: it ends in time, and at once if it can."""
    async with trio.open_nursery() as viewers:

        async def watch(server: RunningServer, query: str, reads: bool) -> None:
            async with http_viewer(server, receive_buffer=None if reads else 4096) as viewer:
                await viewer.ask(TARGET + query)
                if reads:
                    await viewer.read_to_end()
                else:
                    await trio.sleep_forever()

        async with running_server(tmp_path) as server:
            async with online(server, HUGE if stalled else jpeg(0)):
                for query in ("", "?fps=0.01"):
                    viewers.start_soon(watch, server, query, True)
                    if stalled:
                        viewers.start_soon(watch, server, query, False)
                expected = 4 if stalled else 2
                await until(server, lambda camera: camera["viewers"] == expected)
            began = trio.current_time()
        assert trio.current_time() - began < (5 if stalled else 1)
        viewers.cancel_scope.cancel()
