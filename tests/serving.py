"""A real server on real sockets, and the bytes and clients that tests talk to it with."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import trio
import trio_websocket
import wsproto

from camserve.address import Addresses
from camserve.config import Config
from camserve.registry import Camera, Registry, Tokens, load_secret
from camserve.securing import trusting
from camserve.server import serve
from camserve.wire import INGEST_PATH, ClientConnection
from tests.certificates import secured

#: Settings of every server; see tests/conftest.py.
DEFAULTS: dict[str, object] = {}
STARTUP = 10.0  # seconds; far more than any machine needs


def jpeg(content: bytes | int = b"picture", size: int = 0) -> bytes:
    """Something that begins and ends as a JPEG; camserve looks at no more than that."""
    body = content if isinstance(content, bytes) else str(content).encode()
    return b"\xff\xd8\xff\xe0" + body.ljust(size - 6, b".") + b"\xff\xd9"


@dataclass
class RunningServer:
    """A server that runs in this process, and its cameras."""

    config: Config
    registry: Registry
    tokens: Tokens
    stop: trio.Event
    http_port: int = 0
    ingest_port: int = 0
    cameras: list[Camera] = field(default_factory=list)
    ended: trio.Event = field(default_factory=trio.Event)  # nothing of it runs any more

    def token(self, camera: Camera) -> str:
        return self.tokens.token(camera)

    def url(self, path: str) -> str:
        return f"http{'s' if self.config.certfile else ''}://127.0.0.1:{self.http_port}{path}"

    @property
    def context(self) -> ssl.SSLContext | None:
        """For clients that are to believe it; None: it speaks no TLS."""
        return trusting(self.config)

    @asynccontextmanager
    async def publisher(
        self, camera: Camera, *, port: int | None = None, token: str | None = None
    ) -> AsyncIterator["TestPublisher"]:
        """A connection that has said hello; whether the token was liked is not known yet."""
        ingest = port or self.ingest_port
        async with websocket(ingest, INGEST_PATH, context=self.context) as socket:
            publisher = TestPublisher(socket)
            hello = publisher.wire.send_hello(camera.id, token or self.token(camera))
            await socket.send_message(hello)
            yield publisher


@dataclass
class TestPublisher:
    __test__ = False

    socket: trio_websocket.WebSocketConnection
    wire: ClientConnection = field(default_factory=ClientConnection)

    async def send(self, picture: bytes) -> None:
        await self.socket.send_message(self.wire.send_frame(picture))

    async def closed(self) -> tuple[int, str | None]:
        """Wait until the server closes; the code and reason it gave."""
        with pytest.raises(trio_websocket.ConnectionClosed) as closed:
            await self._read_for_ever()
        assert closed.value.reason is not None
        return closed.value.reason.code, closed.value.reason.reason

    async def _read_for_ever(self) -> None:
        while True:
            await self.socket.get_message()


async def _serve(
    server: RunningServer, *, task_status: trio.TaskStatus[Addresses] = trio.TASK_STATUS_IGNORED
) -> None:
    try:
        await serve(server.config, server.stop, task_status=task_status)
    finally:
        server.ended.set()


@asynccontextmanager
async def running_server(
    data_dir: Path, *, cameras: int = 1, open_cameras: int = 0, **settings: object
) -> AsyncIterator[RunningServer]:
    """Serve in this task's nursery on free ports; stopped properly at the end of the block.

    cameras: how many are registered, as `camera 1` and so on, all movable
    open_cameras: how many more, as `open 1` and so on, that take uploads without a token
    settings: fields of Config
    """
    ports = {"port": 0, "ingest_port": 0}
    config = Config(data_dir=data_dir, **ports, **DEFAULTS, **settings)  # type: ignore[arg-type]
    registry = Registry.open(config.database_url)
    tokens = Tokens(load_secret(data_dir, config.secret), config.camera_token_secret)
    server = RunningServer(config, registry, tokens, trio.Event())
    try:
        for number in range(1, cameras + 1):
            server.cameras.append(registry.add(f"camera {number}", movable=True))
        for number in range(1, open_cameras + 1):
            server.cameras.append(registry.add(f"open {number}", allow_open_upload=True))
        async with trio.open_nursery() as nursery:
            with trio.fail_after(STARTUP):
                addresses = await nursery.start(_serve, server)
            server.http_port = urlsplit(addresses.watch).port or 0
            server.ingest_port = urlsplit(addresses.cameras).port or 0
            yield server
            server.stop.set()
    finally:
        registry.close()


@asynccontextmanager
async def connection(
    port: int, context: ssl.SSLContext | None = None
) -> AsyncIterator[trio.SocketStream]:
    """A bare TCP connection to the server; context: with TLS."""
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    async with stream:
        if context is None:
            yield stream
        else:
            yield await secured(stream, context)


@asynccontextmanager
async def websocket(
    port: int,
    path: str,
    *,
    subprotocols: Sequence[str] = (),
    context: ssl.SSLContext | None = None,
) -> AsyncIterator[trio_websocket.WebSocketConnection]:
    """A WebSocket to the server; it answers pings and closes by itself."""
    # The library's own way in leaves the socket open when the server closes first.
    async with connection(port, context) as stream:
        try:
            async with trio.open_nursery() as nursery:
                with trio.fail_after(STARTUP):
                    socket = await trio_websocket.wrap_client_stream(
                        nursery, stream, f"127.0.0.1:{port}", path, subprotocols=subprotocols
                    )
                yield socket
                with trio.move_on_after(STARTUP):
                    await socket.aclose()
                nursery.cancel_scope.cancel()
        except* wsproto.utilities.LocalProtocolError:
            # The library's reader answers a ping that came after our close frame.
            pass


async def request(port: int, text: str) -> bytes:
    """Send a request with `Connection: close` and read the whole answer.

    text: request line and perhaps headers, e.g. `GET /hello`
    """
    first, _, headers = text.partition("\n")
    head = f"{first} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
    head += "".join(f"{line}\r\n" for line in headers.splitlines() if line)
    async with connection(port) as stream:
        await stream.send_all(head.encode() + b"\r\n")
        return b"".join([chunk async for chunk in stream])


async def read_until(stream: trio.SocketStream, mark: bytes, buffer: bytes = b"") -> bytes:
    """Read until `mark` has come; all that was read, which may be more.

    Raises:
        EOFError: the stream ended before.
    """
    while mark not in buffer:
        chunk = await stream.receive_some()
        if not chunk:
            raise EOFError(buffer[-200:])
        buffer += chunk
    return buffer
