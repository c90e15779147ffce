"""How long requests may be, and what is told to who sends longer ones."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio
import trio.testing

from camserve.web.lent_stream import LINGER_TIMEOUT
from tests.raw_websocket import handshake
from tests.serving import RunningServer, connection, jpeg, running_server

LIMIT = 2048


@pytest.fixture
async def strict(tmp_path: Path) -> AsyncIterator[RunningServer]:
    """A server that takes little."""
    async with running_server(tmp_path, max_header_bytes=LIMIT, max_body_bytes=LIMIT) as server:
        yield server


def padded(request: bytes, size: int) -> bytes:
    """The same request with so many bytes until its last line has ended."""
    return request.removesuffix(b"\r\n") + b"X: %s\r\n\r\n" % bytes(
        b"x" * (size - len(request) - 5)
    )


GET = b"GET /hello HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"


async def told(port: int, said: bytes, pieces: int = 1) -> bytes:
    """All that is answered to this."""
    async with connection(port) as stream:
        with trio.fail_after(LINGER_TIMEOUT * 0.8):  # it is told when that was all
            step = -(-len(said) // pieces)
            for start in range(0, len(said), step):
                await stream.send_all(said[start : start + step])
                await trio.testing.wait_all_tasks_blocked()
            return b"".join([data async for data in stream])


@pytest.mark.parametrize("pieces", [1, 3])
@pytest.mark.parametrize("request_head", [GET, handshake("/live"), handshake("/nowhere")])
async def test_a_long_head(strict: RunningServer, request_head: bytes, pieces: int) -> None:
    answer = await told(strict.http_port, padded(request_head, LIMIT + 200), pieces)
    assert answer.startswith(b"HTTP/1.1 431 ")
    assert answer.endswith(b'{"message": "The head of the request is too long"}')


@pytest.mark.parametrize("size", [30_000, 1_000_000])
async def test_an_endless_head(strict: RunningServer, size: int) -> None:
    """Its sender reads why it was refused, though it is still sending."""
    for port in (strict.http_port, strict.ingest_port):
        answer = await told(port, b"GET / HTTP/1.1\r\nHost: test\r\nX: " + b"x" * size)
        assert answer.startswith(b"HTTP/1.1 431 "), port
        assert answer.endswith(b'{"message": "The head of the request is too long"}')


async def test_a_head_that_is_just_short_enough(strict: RunningServer) -> None:
    answer = await told(strict.http_port, padded(GET, LIMIT - 20))
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("pieces", [1, 3])
async def test_a_long_handshake_of_a_camera(strict: RunningServer, pieces: int) -> None:
    answer = await told(strict.ingest_port, padded(handshake(), LIMIT + 200), pieces)
    assert answer.startswith(b"HTTP/1.1 431 ")
    async with strict.publisher(strict.cameras[0]) as publisher:
        await publisher.send(jpeg())


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), 400),
        (b"GET / HTTP/1.1\r\nHost: test\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n" % (b"x" * 64), 400),
        (b"POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
)
async def test_what_is_no_request_is_told_so(
    strict: RunningServer, said: bytes, status: int
) -> None:
    answer = await told(strict.http_port, said)
    assert answer.startswith(b"HTTP/1.1 %d " % status)
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["message"]


@pytest.mark.parametrize("length", [True, False])
async def test_a_long_body(strict: RunningServer, length: bool) -> None:
    body = b"x" * (LIMIT + 1)
    head = b"POST /cameras/1/move HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
    head += b"Content-Type: application/json\r\n"
    if length:
        said = head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    else:
        said = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    answer = await told(strict.http_port, said)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["message"]


@pytest.mark.parametrize("pieces", [1, 4])
async def test_a_higher_limit(tmp_path: Path, pieces: int) -> None:
    async with running_server(tmp_path, max_header_bytes=65536) as server:
        answer = await told(server.http_port, padded(GET, 40_000), pieces)
        assert answer.startswith(b"HTTP/1.1 200 ")
