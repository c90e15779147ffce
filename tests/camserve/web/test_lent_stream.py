"""Connections that nobody answers on do not stay."""

import pytest
import trio
import trio.testing
from hypercorn.trio.tcp_server import TCPServer

from camserve.web import lent_stream
from camserve.web.lent_stream import lend
from tests.camserve.net.connections import accepted
from tests.camserve.web.http_viewer import TIMEOUT
from tests.serving import RunningServer, connection

UPGRADE = b"Host: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
HTTP_2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"GET /hello HT",
        b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n",
        b"GET /live HTTP/1.1\r\n" + UPGRADE,  # no key: hypercorn refuses it by itself
        b"GET /live HTTP/1.0\r\n" + UPGRADE,
        HTTP_2,
    ],
)
async def test_an_idle_connection_is_closed(
    server: RunningServer, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lent_stream, "KEEP_ALIVE_TIMEOUT", 0.1)
    async with connection(server.http_port) as stream:
        with trio.fail_after(TIMEOUT):
            await stream.send_all(said)
            async for _ in stream:
                pass


@pytest.mark.parametrize("said", [b"", b"GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"])
async def test_the_other_side_ends_an_idle_connection(server: RunningServer, said: bytes) -> None:
    async with connection(server.http_port) as stream:
        with trio.fail_after(lent_stream.KEEP_ALIVE_TIMEOUT / 2):
            await stream.send_all(said)
            if said:
                assert (await read_answer(stream)).endswith(b'Hello World!"}')
            await trio.testing.wait_all_tasks_blocked(0.01)
            await stream.send_eof()
            assert await stream.receive_some() == b""


async def read_answer(stream: trio.SocketStream) -> bytes:
    answer = b""
    while b"}" not in answer:
        answer += await stream.receive_some()
    return answer


async def test_a_connection_that_is_answered_on_may_be_silent(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lent_stream, "KEEP_ALIVE_TIMEOUT", 0.05)
    async with (
        server.publisher(server.cameras[0]) as publisher,
        connection(server.http_port) as stream,
    ):
        await stream.send_all(b"GET /stream-image?cameraId=1 HTTP/1.1\r\nHost: test\r\n\r\n")
        # Its first frame comes after many times the timeout.
        with trio.move_on_after(0.5):
            assert await stream.receive_some() is None
        await publisher.send(b"\xff\xd8\xff\xe0here\xff\xd9")
        with trio.fail_after(TIMEOUT):
            assert (await stream.receive_some()).startswith(b"HTTP/1.1 200")


async def test_a_refusal_while_hypercorn_reads_on() -> None:
    """Two tasks must not read from one socket."""
    async with accepted() as (stream, client), trio.open_nursery() as nursery:
        lent = lend(stream)
        nursery.start_soon(lent.receive_some)
        await trio.testing.wait_all_tasks_blocked()
        await lent.send_all(b"HTTP/1.1 500 \r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        nursery.start_soon(lent.aclose)
        assert (await client.receive_some()).startswith(b"HTTP/1.1 500 ")
        await client.send_eof()


async def test_hypercorn_that_waits_for_ever(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it may when a request was refused before it was read, and something follows it."""
    waiting = trio.Event()

    async def read_and_wait(tcp_server: TCPServer) -> None:
        await tcp_server.stream.receive_some()
        await tcp_server.idle_task.stop()
        waiting.set()
        await trio.sleep_forever()

    monkeypatch.setattr(TCPServer, "_read_data", read_and_wait)
    monkeypatch.setattr(lent_stream, "LAST_STEPS_TIMEOUT", 0.05)
    async with connection(server.http_port) as stream:
        await stream.send_all(b"GET /hello HTTP/1.1\r\n\r\n")
        await waiting.wait()
        with trio.fail_after(TIMEOUT):
            assert await stream.receive_some() == b""


async def test_nobody_stays_who_sends_more_behind_a_request_that_was_refused(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lent_stream, "LAST_STEPS_TIMEOUT", 0.3)
    head = b"POST /nowhere HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\n"

    async def come_and_go() -> None:
        async with connection(server.http_port) as stream:
            await stream.send_all(head)
            await trio.sleep(0.05)  # so that the body comes by itself
            await stream.send_all(b"bodyGET /hello HTTP/1.1\r\n\r\n")
            await stream.receive_some()
            await stream.send_all(b"more")

    before = trio.lowlevel.current_statistics().tasks_living
    async with trio.open_nursery() as nursery:
        for _ in range(30):
            nursery.start_soon(come_and_go)
    with trio.fail_after(TIMEOUT):
        while trio.lowlevel.current_statistics().tasks_living > before:  # noqa: ASYNC110
            await trio.sleep(0.05)
