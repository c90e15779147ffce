"""HTTP/2 by prior knowledge, in cleartext: hypercorn speaks it and cannot be told not to."""

import logging
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import h2.config
import h2.connection
import h2.events
import h2.settings
import pytest
import trio

from tests.camserve.web.http_viewer import TIMEOUT, until
from tests.serving import RunningServer, connection, jpeg, running_server

INITIAL_WINDOW_SIZE = h2.settings.SettingCodes.INITIAL_WINDOW_SIZE


class Http2Client:
    def __init__(self, stream: trio.SocketStream, window: int) -> None:
        self._stream = stream
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration())
        self._h2.initiate_connection()
        self._h2.update_settings({INITIAL_WINDOW_SIZE: window})

    async def ask(self, target: str) -> int:
        """Send the connection's only request; the status of its answer."""
        headers = {":method": "GET", ":path": target, ":scheme": "http", ":authority": "test"}
        self._h2.send_headers(1, list(headers.items()), end_stream=True)
        while True:
            for event in await self._events():
                if isinstance(event, h2.events.ResponseReceived):
                    return int(dict(event.headers)[b":status"])

    async def connect(self) -> None:
        """Ask for a tunnel, which is the one request that has no path."""
        self._h2.send_headers(1, [(":method", "CONNECT"), (":authority", "test")])
        await self._stream.send_all(self._h2.data_to_send())

    async def read_to_end(self) -> None:
        """Read until the server closes the connection."""
        with trio.fail_after(TIMEOUT):
            while await self._stream.receive_some():
                pass

    async def _events(self) -> Iterable[h2.events.Event]:
        with trio.fail_after(TIMEOUT):
            await self._stream.send_all(self._h2.data_to_send())
            return self._h2.receive_data(await self._stream.receive_some())


@asynccontextmanager
async def http_2_client(server: RunningServer, window: int = 65535) -> AsyncIterator[Http2Client]:
    """window: bytes of an answer that may be sent to us"""
    async with connection(server.http_port) as stream:
        yield Http2Client(stream, window)


@pytest.mark.parametrize("target", ["/cameras/1/stream.mjpg", "/stream-image?cameraId=1"])
async def test_streams_are_refused(server: RunningServer, target: str) -> None:
    # Without back-pressure a stalled viewer would fill the memory.
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg())
        await until(server, lambda camera: camera["state"] == "online")
        async with http_2_client(server) as client:
            assert await client.ask(target) == 505


async def test_other_answers_are_given(server: RunningServer) -> None:
    async with http_2_client(server) as client:
        assert await client.ask("/hello") == 200


@pytest.mark.parametrize("window", [0, 65535])
async def test_who_leaves_in_the_middle_of_an_answer_leaves_nothing_behind(
    tmp_path: Path, window: int
) -> None:
    async with running_server(tmp_path) as server:
        async with http_2_client(server, window) as client:
            assert await client.ask("/mocked-image") == 200
        began = trio.current_time()
    assert trio.current_time() - began < 2


async def test_who_takes_nothing_does_not_hold_an_answer_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("camserve.web.app.HTTP_2_TIMEOUT", 0.1)
    monkeypatch.setattr("camserve.web.http.KEEP_ALIVE_TIMEOUT", 0.1)
    async with running_server(tmp_path) as server, http_2_client(server, window=0) as client:
        assert await client.ask("/hello") == 200
        await client.read_to_end()


async def test_a_request_without_a_path_is_no_fault_of_ours(
    server: RunningServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with http_2_client(server) as client:
        await client.connect()
        await client.read_to_end()
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    async with http_2_client(server) as client:
        assert await client.ask("/hello") == 200
