"""Stand-ins: pictures and sources without a camera, and a small real server."""

import os
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import trio
from trio_websocket import (
    ConnectionClosed,
    WebSocketConnection,
    WebSocketRequest,
    WebSocketServer,
    serve_websocket,
)

from camclient.connection import MessageHandler
from camclient.sources.source import Capture, SourceError
from camserve.wire import (
    NEED_DATA,
    CameraIdReceived,
    PublisherEvent,
    ServerConnection,
    TokenReceived,
    Waiting,
)


@dataclass(frozen=True)
class FakeCapture:
    """A picture whose JPEG is known beforehand."""

    jpeg: bytes
    quick: bool = True

    def encode(self, quality: int, width: int = 0) -> bytes:
        return self.jpeg + bytes([quality])


class BrokenCapture:
    quick = True

    def __init__(self) -> None:
        self.encoded = 0

    def encode(self, quality: int, width: int = 0) -> bytes:
        self.encoded += 1
        raise SourceError("no such colours")


class FakeSource:
    """Gives pictures from a script; each step is a picture or the error to raise.

    After the last step it raises SourceError("end of script"). `script` is taken at each open().
    """

    name = "fake"

    def __init__(
        self, script: Callable[[], Iterator[Capture | Exception]], pace: float | None = None
    ) -> None:
        self.pace = pace
        self.opened = self.closed = self.interrupted = 0
        self.limits = list[float | None]()
        self._script = script
        self._steps: Iterator[Capture | Exception] = iter(())

    def open(self) -> None:
        self.opened += 1
        self._steps = self._script()

    def read(self) -> Capture:
        step = next(self._steps, SourceError("end of script"))
        if isinstance(step, Exception):
            raise step
        return step

    def limit(self, fps: float | None) -> None:
        self.limits.append(fps)

    def interrupt(self) -> None:
        self.interrupted += 1

    def close(self) -> None:
        self.closed += 1


class HangingSource:
    """Gives one picture and then hangs in the driver until it is told to go on."""

    name = "hanging"
    pace = None

    def __init__(self) -> None:
        self.hangs = threading.Event()
        self.go_on = threading.Event()
        self.closed = threading.Event()
        self._given = False

    def open(self) -> None:
        pass

    def read(self) -> Capture:
        if self._given:
            self.hangs.set()
            self.go_on.wait()
        self._given = True
        return FakeCapture(b"one")

    def limit(self, fps: float | None) -> None:
        pass

    def interrupt(self) -> None:
        pass

    def close(self) -> None:
        self.closed.set()


class FakeProgress:
    """Counts what a connection tells; lets a test wait for it."""

    def __init__(self) -> None:
        self.hellos = self.frames = 0

    def connected(self) -> None:
        self.hellos += 1

    def frame_sent(self) -> None:
        self.frames += 1


class Session:
    """One publisher's connection, seen from the server."""

    def __init__(self, socket: WebSocketConnection) -> None:
        self.socket = socket
        self.over = trio.Event()
        self._wire = ServerConnection()

    async def next_event(self) -> PublisherEvent:
        """The next thing that arrived; every token is accepted."""
        while isinstance(event := self._wire.next_event(), Waiting):
            assert event is NEED_DATA
            message = await self.socket.get_message()
            assert isinstance(message, bytes)
            self._wire.receive_data(message)
        if isinstance(event, TokenReceived):
            self._wire.accept()
        return event

    async def close(self, code: int, reason: str) -> None:
        await self.socket.aclose(code, reason)
        self.over.set()

    async def wait_gone(self) -> None:
        """Wait until the publisher has hung up; what it still sent is thrown away."""
        try:
            while True:
                await self.socket.get_message()
        except ConnectionClosed:
            self.over.set()


class CameraServer:
    """A WebSocket server that hands every connection to the test."""

    def __init__(self, server: WebSocketServer, sessions: trio.MemoryReceiveChannel[Session]):
        self.port = server.port
        self.url = f"ws://127.0.0.1:{server.port}"
        self._sessions = sessions

    async def next_session(self) -> Session:
        return await self._sessions.receive()


class Push(Protocol):
    """Starts one connection in the background; see the fixture `begin`."""

    def __call__(
        self, url: str, handle_message: MessageHandler = ..., tls: ssl.SSLContext | None = ...
    ) -> None: ...


async def greet(server: CameraServer) -> Session:
    session = await server.next_session()
    assert await session.next_event() == CameraIdReceived(7)
    assert await session.next_event() == TokenReceived("secret")
    return session


async def start_server(
    nursery: trio.Nursery,
    port: int = 0,
    tls: ssl.SSLContext | None = None,
    subprotocol: str | None = None,
) -> CameraServer:
    """subprotocol: is agreed with who offers it; None: an old server, which knows none."""
    send, receive = trio.open_memory_channel[Session](20)

    async def handle(request: WebSocketRequest) -> None:
        agreed = subprotocol if subprotocol in request.proposed_subprotocols else None
        session = Session(await request.accept(subprotocol=agreed))
        send.send_nowait(session)
        await session.over.wait()

    async def serve(
        *, task_status: trio.TaskStatus[WebSocketServer] = trio.TASK_STATUS_IGNORED
    ) -> None:
        await serve_websocket(
            handle,
            "127.0.0.1",
            port,
            tls,
            max_message_size=100_000_000,
            task_status=task_status,
        )

    return CameraServer(await nursery.start(serve), receive)


def open_sockets() -> int:
    """How many sockets this process holds (Linux)."""
    count = 0
    for entry in os.listdir("/proc/self/fd"):
        try:
            count += os.readlink(f"/proc/self/fd/{entry}").startswith("socket:")
        except OSError:  # the descriptor of the listing itself
            continue
    return count


async def wait_until(condition: Callable[[], object]) -> None:
    """Wait for something that another task or the kernel does."""
    with trio.fail_after(5):
        while not condition():  # noqa: ASYNC110 - neither sets an event
            await trio.sleep(0.001)
