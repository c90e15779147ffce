"""A camera and a viewer who belong here, and how long a picture takes from one to the other."""

import base64
import re
import secrets
import ssl
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio
import trio_websocket

from camserve.wire import INGEST_PATH, ClientConnection
from tests.serving import jpeg

Connection = trio.SocketStream | trio.SSLStream[trio.SocketStream]

FPS = 30
PASSWORD = "only we know it"
_AUTHORIZATION = "Basic " + base64.b64encode(f"anybody:{PASSWORD}".encode()).decode()


@dataclass(frozen=True, slots=True)
class Delays:
    """Seconds, of the pictures of one phase."""

    count: int
    median: float
    p99: float

    @classmethod
    def of(cls, delays: list[float]) -> "Delays":
        percentiles = statistics.quantiles(delays, n=100)
        return cls(len(delays), percentiles[49], percentiles[98])


@dataclass
class Witness:
    """Watches camera `camera_id`, which it is as well. Notes every picture that is not its own."""

    http_port: int
    ingest_port: int
    camera_id: int
    token: str
    tls: ssl.SSLContext | None = None
    secret: bytes = field(default_factory=lambda: secrets.token_hex(16).encode())
    sent: dict[int, float] = field(default_factory=dict)
    delays: list[float] = field(default_factory=list)
    foreign: list[bytes] = field(default_factory=list)
    seen: int = -1  # the number of the newest picture that the viewer got
    lost: int = 0  # pictures between those that it got

    @property
    def secrets(self) -> list[str]:
        """What is in every picture, as it is and as base64 has it, in hex."""
        encoded = base64.b64encode(jpeg(self.secret))
        return [self.secret.hex(), encoded[8:36].hex()]

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Until cancelled."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._send)
            await nursery.start(self._watch)
            task_status.started()

    async def phase(self, seconds: float) -> Delays:
        """How it is from now on for so long."""
        self.delays.clear()
        await trio.sleep(seconds)  # this is what is measured
        return Delays.of(self.delays)

    @asynccontextmanager
    async def connected(self, port: int) -> AsyncIterator[Connection]:
        async with await trio.open_tcp_stream("127.0.0.1", port) as tcp:
            if self.tls is None:
                yield tcp
                return
            stream = trio.SSLStream(tcp, self.tls, server_hostname="localhost")
            await stream.do_handshake()
            yield stream

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[trio_websocket.WebSocketConnection]:
        """The camera's connection, after its hello."""
        async with self.connected(self.ingest_port) as stream, trio.open_nursery() as nursery:
            socket = await trio_websocket.wrap_client_stream(
                nursery, stream, "localhost", INGEST_PATH
            )
            await socket.send_message(ClientConnection().send_hello(self.camera_id, self.token))
            yield socket
            nursery.cancel_scope.cancel()

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[trio.abc.Stream]:
        """The viewer's stream, which has begun."""
        async with self.connected(self.http_port) as stream:
            await stream.send_all(
                f"GET /cameras/{self.camera_id}/stream.mjpg HTTP/1.1\r\nHost: localhost\r\n"
                f"Authorization: {_AUTHORIZATION}\r\n\r\n".encode()
            )
            answer = await stream.receive_some(65536)
            assert answer.startswith(b"HTTP/1.1 200 "), answer
            yield stream

    async def _send(self, *, task_status: trio.TaskStatus[None]) -> None:
        wire = ClientConnection()
        wire.send_hello(self.camera_id, self.token)
        async with self.publishing() as socket:
            number = 0
            while True:
                picture = jpeg(self.secret + b" %09d" % number, 10_000)
                self.sent[number] = time.perf_counter()
                await socket.send_message(wire.send_frame(picture))
                if number == 0:
                    task_status.started()
                number += 1
                await trio.sleep(1 / FPS)

    async def _watch(self, *, task_status: trio.TaskStatus[None]) -> None:
        pattern = re.compile(rb"\xff\xd8\xff\xe0(.{%d}) (.{9})" % len(self.secret), re.DOTALL)
        async with self.watching() as stream:
            task_status.started()
            buffer = b""
            while data := await stream.receive_some(65536):
                buffer += data
                end = 0
                for found in pattern.finditer(buffer):
                    self._note(found[1], found[2])
                    end = found.end()
                buffer = buffer[max(end, len(buffer) - 50) :]

    def _note(self, secret: bytes, number: bytes) -> None:
        if secret != self.secret:
            self.foreign.append(secret)
        elif int(number) > self.seen:
            if self.seen >= 0:
                self.lost += int(number) - self.seen - 1
            self.seen = int(number)
            self.delays.append(time.perf_counter() - self.sent.pop(self.seen))
