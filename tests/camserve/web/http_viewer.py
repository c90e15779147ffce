"""An HTTP client that hides nothing: heads, chunks and connection ends as they are on the wire."""

import json
import re
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from tests.certificates import secured
from tests.serving import RunningServer

TIMEOUT = 10.0  # seconds; far more than anything that is waited for here takes
PART = re.compile(
    rb"--camserveframe\r\nContent-Type: image/jpeg\r\nContent-Length: (\d+)\r\n"
    rb"X-Timestamp: (\d{10}\.\d{6})\r\n\r\n"
)
LAST_BOUNDARY = b"--camserveframe--\r\n"


@dataclass
class Head:
    """Status line and header fields of an answer; names in lower case."""

    version: str
    status: int
    fields: list[tuple[str, str]]

    def __getitem__(self, name: str) -> str:
        (value,) = [value for given, value in self.fields if given == name]
        return value

    def __contains__(self, name: str) -> bool:
        return any(given == name for given, _ in self.fields)


@dataclass
class Answer:
    head: Head
    body: bytes

    @property
    def status(self) -> int:
        return self.head.status


def parse_head(raw: bytes) -> Head:
    first, *lines = raw.decode("latin-1").split("\r\n")
    version, status, _ = first.split(" ", 2)
    fields = [(name.lower(), value.strip()) for name, _, value in (x.partition(":") for x in lines)]
    return Head(version, int(status), fields)


#: Told of each answer to `send`: method, target, head.
observers: list[Callable[[str, str, Head], None]] = []


@dataclass
class HttpViewer:
    """One connection. Every wait ends with an error after TIMEOUT seconds."""

    stream: trio.SocketStream
    unread: bytes = b""
    head: Head = field(default_factory=lambda: Head("", 0, []))
    asked: list[tuple[str, str]] = field(default_factory=list)  # not answered yet

    async def send(
        self, target: str, *, method: str = "GET", version: str = "1.1", **more: str
    ) -> None:
        """more: header fields; an underscore stands for a hyphen"""
        self.asked.append((method, target))
        lines = [f"{method} {target} HTTP/{version}", "Host: test"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
        await self.stream.send_all("\r\n".join([*lines, "", ""]).encode())

    async def read_head(self) -> Head:
        raw = await self.read_until(b"\r\n\r\n")
        self.head = parse_head(raw.removesuffix(b"\r\n\r\n"))
        if self.asked and self.head.status >= 200:
            method, target = self.asked.pop(0)
            for observer in observers:
                observer(method, target, self.head)
        return self.head

    async def ask(self, target: str, **request: str) -> Head:
        """Send a request and read the head of its answer."""
        await self.send(target, **request)
        return await self.read_head()

    async def answer(self, target: str, **request: str) -> Answer:
        """Send a request and read an answer that has a length."""
        head = await self.ask(target, **request)
        return Answer(head, await self.read(int(head["content-length"])))

    async def chunk(self) -> bytes:
        """The next chunk of a chunked body; empty: the terminator."""
        size = int((await self.read_until(b"\r\n")).removesuffix(b"\r\n"), 16)
        data = await self.read(size + 2)
        assert data.endswith(b"\r\n")
        return data[:-2]

    async def part(self) -> tuple[bytes, str]:
        """The next part of a motion JPEG stream, one chunk: the picture and its timestamp.

        Raises:
            EOFError: the stream has ended.
        """
        data = await self.chunk()
        if data in {b"", LAST_BOUNDARY}:
            raise EOFError(data)
        match = PART.match(data)
        assert match, data[:200]
        picture = data[match.end() : -2]
        assert data.endswith(b"\r\n")
        assert len(picture) == int(match[1])
        return picture, match[2].decode()

    async def picture(self) -> bytes:
        """The picture of the next part."""
        return (await self.part())[0]

    async def read(self, size: int) -> bytes:
        while len(self.unread) < size:
            await self._receive()
        data, self.unread = self.unread[:size], self.unread[size:]
        return data

    async def read_until(self, mark: bytes) -> bytes:
        """All bytes up to the next `mark`, and the mark."""
        while mark not in self.unread:
            await self._receive()
        before, _, self.unread = self.unread.partition(mark)
        return before + mark

    async def read_to_end(self) -> bytes:
        """All bytes until the server closes properly."""
        with trio.fail_after(TIMEOUT):
            while chunk := await self.stream.receive_some(65536):
                self.unread += chunk
        data, self.unread = self.unread, b""
        return data

    async def _receive(self) -> None:
        with trio.fail_after(TIMEOUT):
            data = await self.stream.receive_some(65536)
        if not data:
            raise EOFError(self.unread[-200:])
        self.unread += data


@asynccontextmanager
async def http_viewer(
    server: RunningServer, *, receive_buffer: int | None = None
) -> AsyncIterator[HttpViewer]:
    """receive_buffer: bytes that the kernel may take for us, for viewers that are slow"""
    connected = trio.socket.socket()
    if receive_buffer is not None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    with trio.fail_after(TIMEOUT):
        await connected.connect(("127.0.0.1", server.http_port))
    async with trio.SocketStream(connected) as stream:
        context = server.context
        yield HttpViewer(stream if context is None else await secured(stream, context))


async def fetch(server: RunningServer, target: str, **request: str) -> Answer:
    """Ask on a connection of its own."""
    async with http_viewer(server) as viewer:
        head = await viewer.ask(target, Connection="close", **request)
        body = await viewer.read_to_end()
    if head.fields and "transfer-encoding" not in head and request.get("method") != "HEAD":
        assert len(body) == int(head["content-length"]) or head.status == 304
    return Answer(head, body)


async def described(server: RunningServer, camera_id: int = 1) -> dict[str, object]:
    """What `GET /cameras/{id}` says."""
    answer = await fetch(server, f"/cameras/{camera_id}")
    value = json.loads(answer.body)
    assert isinstance(value, dict)
    return value


async def until(
    server: RunningServer, fits: Callable[[dict[str, object]], bool], camera_id: int = 1
) -> dict[str, object]:
    """Ask for the camera again and again, until its description fits."""
    with trio.fail_after(TIMEOUT):
        while not fits(camera := await described(server, camera_id)):
            pass
    return camera
