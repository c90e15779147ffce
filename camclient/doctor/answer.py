"""What a server said first, whatever it was: the WebSocket library passes on too little of it.

It swallows an HTTP answer that ends by hanging up, and takes anything that is no HTTP for an end.
"""

import re
from dataclasses import dataclass

import trio

from camclient.stream import WatchedStream

MOST_BYTES = 4096  # of what is kept
STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})[ \r\n]")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The beginning of an HTTP response. headers: their names in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes


class OverheardStream(trio.abc.Stream):
    """Passes everything on, and keeps what was received first in `heard`."""

    def __init__(self, stream: WatchedStream) -> None:
        self._stream = stream
        self.heard = b""

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self._stream.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self._stream.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        data = await self._stream.receive_some(max_bytes)
        if len(self.heard) < MOST_BYTES:
            self.heard += data[: MOST_BYTES - len(self.heard)]
        return data

    async def aclose(self) -> None:
        await self._stream.aclose()


def read_answer(heard: bytes) -> HttpAnswer | None:
    """None: this is no HTTP."""
    status = STATUS_LINE.match(heard)
    if status is None:
        return None
    head, _, body = heard.partition(b"\r\n\r\n")
    headers = {}
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    return HttpAnswer(int(status[1]), headers, body)
