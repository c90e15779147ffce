"""What camserve.net.websocket leans on inside trio-websocket, and handshakes."""

import inspect
from contextlib import suppress

import pytest
import trio
import trio.testing
from trio_websocket import WebSocketConnection, WebSocketRequest
from wsproto.connection import ConnectionState

from camserve.net.shortcut import MAX_HEAD_BYTES, ShortcutStream
from camserve.net.stream import READ_SIZE
from camserve.net.websocket import (
    NoHandshakeError,
    ServerWebSocket,
    websocket_request,
)
from tests.camserve.net.connections import TIMEOUT
from tests.camserve.net.websocket_pair import MAX
from tests.raw_websocket import handshake

# -- the names inside the library ----------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        "_send",
        "_handle_message_event",
        "_handle_close_connection_event",
        "_handle_ping_event",
        "_handle_pong_event",
    ],
)
def test_what_is_overridden_is_there_to_be_overridden(name: str) -> None:
    original, ours = getattr(WebSocketConnection, name), getattr(ServerWebSocket, name)
    assert original is not ours
    assert inspect.iscoroutinefunction(original)
    assert list(inspect.signature(original).parameters) == ["self", "event"]
    assert list(inspect.signature(ours).parameters) == ["self", "event"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("_reader_task", ["self"]),
        ("_get_request", ["self"]),
        ("_accept", ["self", "request", "subprotocol", "extra_headers"]),
        ("_close_web_socket", ["self", "code", "reason"]),
    ],
)
def test_what_is_called_is_there(name: str, parameters: list[str]) -> None:
    method = getattr(WebSocketConnection, name)
    assert inspect.iscoroutinefunction(method)
    assert list(inspect.signature(method).parameters) == parameters


def test_attributes() -> None:
    stream, _ = trio.testing.memory_stream_pair()
    connection = ServerWebSocket(
        ShortcutStream(stream, MAX_HEAD_BYTES), max_message_bytes=MAX, in_pieces=True
    )
    state = vars(connection)
    assert state["_message_size"] == 0
    assert state["_max_message_size"] == MAX
    assert state["_receive_buffer_size"] == READ_SIZE
    assert state["_reader_running"] is True
    assert state["_close_reason"] is None
    assert isinstance(state["_stream"], ShortcutStream)
    assert state["_wsproto"].state is ConnectionState.CONNECTING
    assert isinstance(state["_close_handshake"], trio.Event)
    assert connection.is_server
    assert connection.closed is None


# -- handshakes ----------------------------------------------------------------------------


async def ask(*said: bytes, leave: bool = False) -> tuple[bytes, WebSocketRequest | None]:
    """What the other side is answered, and the request if there was one."""
    ours, theirs = trio.testing.memory_stream_pair()
    request = None
    async with trio.open_nursery() as nursery:
        for part in said:
            await theirs.send_all(part)
        if leave:
            await theirs.send_stream.aclose()
        with trio.fail_after(TIMEOUT):
            with suppress(NoHandshakeError):
                request = await websocket_request(nursery, ours, max_message_bytes=MAX)
        nursery.cancel_scope.cancel()
    await ours.aclose()
    return b"".join([part async for part in theirs]), request


async def test_a_request() -> None:
    answered, request = await ask(handshake("/path?query", ["one", "two"]))
    assert answered == b""
    assert request is not None
    assert request.path == "/path?query"
    assert request.proposed_subprotocols == ("one", "two")


@pytest.mark.parametrize("said", [b"", handshake()[:30]])
async def test_who_leaves_before_the_handshake(said: bytes) -> None:
    assert await ask(said, leave=True) == (b"", None)


@pytest.mark.parametrize(
    "said",
    [
        b"GET / HTTP/1.1\r\nHost: test\r\n\r\n",
        b"nonsense\r\n\r\n",
        handshake().replace(b"Host: test", b"Host: \xff"),
        handshake(protocols=["x"]).replace(b": x\r\n", b": \xe9\r\n"),
    ],
)
async def test_what_is_no_handshake_is_answered(said: bytes) -> None:
    answered, request = await ask(said)
    assert answered.startswith(b"HTTP/1.1 400 ")
    assert request is None
