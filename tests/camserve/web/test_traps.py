"""What the libraries below do and ours works around. A test here that fails says that upstream has
changed: perhaps a way around it can go.
"""

import inspect
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
import trio
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.events import RawData
from hypercorn.protocol.ws_stream import Handshake
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import ConnectionState, LifespanState
from quart import Quart, Response
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers.request import TrioBody
from trio.testing import wait_all_tasks_blocked
from werkzeug.sansio.multipart import Data, MultipartDecoder, NeedData

from camserve.web import http
from tests.camserve.web.http_viewer import http_viewer
from tests.camserve.web.multipart import BOUNDARY, part
from tests.serving import RunningServer, jpeg, running_server


@pytest.mark.parametrize(
    ("made", "parameters"),
    [
        (TCPServer, ["app", "config", "context", "state", "stream"]),
        (ASGIWrapper, ["app"]),
        (WorkerContext, ["max_requests"]),
    ],
)
def test_hypercorn_is_made_of_what_we_give_it(made: type, parameters: list[str]) -> None:
    # camserve.web.http builds hypercorn's server for one connection by hand.
    assert list(inspect.signature(made).parameters) == parameters


async def test_hypercorn_s_sends_cannot_be_cancelled() -> None:
    # So the deadline has to stand below it, in camserve.net.stream.
    class Stalled:
        def __init__(self) -> None:
            self.sending = trio.Event()
            self.go_on = trio.Event()

        async def send_all(self, data: bytes) -> None:
            self.sending.set()
            await self.go_on.wait()

    async def application(*_: object) -> None:
        raise AssertionError

    stream = Stalled()
    server = TCPServer(
        ASGIWrapper(application),
        Config(),
        WorkerContext(None),
        ConnectionState(LifespanState()),
        stream,  # type: ignore[arg-type]
    )
    ended = trio.Event()

    async def send(scope: trio.CancelScope) -> None:
        with scope:
            await server.protocol_send(RawData(b"data"))
        ended.set()

    async with trio.open_nursery() as nursery:
        scope = trio.CancelScope()
        nursery.start_soon(send, scope)
        await stream.sending.wait()
        scope.cancel()
        await wait_all_tasks_blocked()
        assert not ended.is_set()
        stream.go_on.set()


def test_hypercorn_compresses_websockets_that_offer_it() -> None:
    # A JPEG does not get smaller; output_socket answers the handshake itself.
    offer = [
        (b"upgrade", b"websocket"),
        (b"connection", b"Upgrade"),
        (b"sec-websocket-key", b"x" * 24),
        (b"sec-websocket-extensions", b"permessage-deflate"),
    ]
    _, headers, _ = Handshake(offer, "1.1").accept(None, [])
    assert (b"sec-websocket-extensions", b"permessage-deflate") in headers


async def test_quart_cuts_an_answer_that_takes_long_but_not_a_stream_of_ours(
    server: RunningServer, apps: list[Quart], no_repeats: None
) -> None:
    async def endless() -> AsyncGenerator[bytes, None]:
        while True:
            yield b"x"
            await trio.sleep(0.01)

    async def answer_endlessly() -> Response:
        return Response(endless())

    apps[0].view_functions["health.healthz"] = answer_endlessly
    apps[0].config["RESPONSE_TIMEOUT"] = 0.1
    async with server.publisher(server.cameras[0]) as publisher, http_viewer(server) as ours:
        await publisher.send(jpeg(0))
        await ours.ask("/cameras/1/stream.mjpg")
        async with http_viewer(server) as cut:
            await cut.ask("/healthz")
            await cut.read_to_end()
        for number in range(1, 3):
            assert await ours.picture() == jpeg(number - 1)
            await publisher.send(jpeg(number))


@pytest.mark.parametrize("ours", [True, False])
async def test_quart_trio_keeps_idle_connections_for_ever_unless_we_serve_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, apps: list[Quart], ours: bool
) -> None:
    # It cancels hypercorn in its last step, so that the keep-alive timer is never armed.
    monkeypatch.setattr(http, "KEEP_ALIVE_TIMEOUT", 0.05)
    monkeypatch.setattr("camserve.server.GRACE", 0.1)
    async with running_server(tmp_path) as server, http_viewer(server) as idle:
        if not ours:
            monkeypatch.setattr(apps[0], "asgi_http_class", TrioASGIHTTPConnection)
        assert (await idle.answer("/hello")).status == 200
        with trio.move_on_after(0.5) as waiting:
            await idle.read_to_end()
        assert waiting.cancelled_caught is not ours


async def test_quart_compares_only_what_waits_with_the_limit_of_a_body() -> None:
    # camserve.web.request counts all of it.
    body = TrioBody(None, 10)
    for _ in range(5):
        if sys.version_info >= (3, 13):
            await body.put(b"x" * 10)  # Quart 0.23
        else:
            body.append(b"x" * 10)  # Quart 0.22
            body.clear()
    assert body._must_raise is None


def test_werkzeug_takes_the_end_of_a_line_for_data_at_a_certain_cut() -> None:
    # camserve.web.forms waits at that place for the next bytes.
    whole = part("token", "secret") + f"--{BOUNDARY}--\r\n".encode()
    decoder = MultipartDecoder(BOUNDARY.encode())
    received = b""
    for piece in (whole[:-3], whole[-3:]):
        decoder.receive_data(piece)
        while not isinstance(event := decoder.next_event(), NeedData):
            received += event.data if isinstance(event, Data) else b""
    assert received == b"secret\r"
