"""Connections that nobody answers on do not stay."""

import pytest
import trio

from camserve.web import lent_stream
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
