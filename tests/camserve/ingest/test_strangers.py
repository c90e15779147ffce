"""Nothing a stranger sends, or leaves unsent, ends the server or stays in it."""

import os
import socket
from contextlib import suppress

import pytest
import trio
import trio.testing

from camserve.net.stream import ConnectionStream
from camserve.wire import MAX_UNVERIFIED_BYTES
from tests import attacks
from tests.attacks import Attack
from tests.camserve.ingest.ingest_site import TIMEOUT, IngestSite, framed, hello, ingest_site
from tests.raw_websocket import (
    CLOSE,
    PING,
    PONG,
    End,
    end_of,
    frame,
    handshake,
    raw_websocket,
    reset,
)
from tests.serving import connection, jpeg

GARBAGE = [
    pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no host"),
    pytest.param(handshake().replace(b"Host: test", b"Host: \xff"), id="host that is no text"),
    pytest.param(handshake(protocols=["x"]).replace(b"x\r\n\r\n", b"\xe9\r\n\r\n"), id="protocol"),
    pytest.param(handshake().replace(b"GET", b"POST"), id="POST"),
    pytest.param(handshake().replace(b"Version: 13", b"Version: 8"), id="old version"),
    pytest.param(handshake().replace(b"HTTP/1.1", b"HTTP/1.0"), id="HTTP 1.0"),
    pytest.param(handshake().replace(b"HTTP/1.1", b"HTTP/3.7"), id="HTTP from the future"),
    pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500), id="TLS"),
    pytest.param(b"\r\n" * 1000, id="empty lines"),
    pytest.param(b"A" * 100_000, id="an endless line"),
    pytest.param(b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 20_000, id="endless headers"),
    pytest.param(
        handshake()[:-2] + b"Transfer-Encoding: chunked\r\n\r\nnonsense", id="a body that is wrong"
    ),
    pytest.param(handshake()[:-2] + b"Content-Length: 5\r\n\r\nhello", id="a body"),
    pytest.param(handshake() + handshake(), id="two handshakes"),
    pytest.param(handshake() + os.urandom(1000), id="noise behind the handshake"),
    pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
]


@pytest.mark.parametrize("said", GARBAGE)
async def test_garbage_instead_of_a_handshake(said: bytes) -> None:
    """Nor is an error logged (see conftest.py): a stranger must not fill the log."""
    async with ingest_site() as site:
        async with connection(site.ingest_port) as stream:
            # Suppressed: it may be dropped while it is still sending.
            with trio.fail_after(TIMEOUT), suppress(trio.BrokenResourceError):
                await stream.send_all(said)
                await stream.send_eof()
                await end_of(stream)
        await site.still_serves(jpeg())


BAD_FRAMES = [
    pytest.param(b"\x82\x05hello", id="no mask"),
    pytest.param(b"\xf2\x80\0\0\0\0", id="reserved bits"),
    pytest.param(b"\x83\x80\0\0\0\0", id="unknown opcode"),
    pytest.param(frame(b"", 0), id="continuation of nothing"),
    pytest.param(frame(b"a", last=False) + frame(b"b"), id="a message inside another"),
    pytest.param(frame(b"", PING, last=False), id="a ping in parts"),
    pytest.param(b"\x89\xfe\0\x7e" + bytes(4 + 126), id="a long ping"),
    pytest.param(b"\x82\xff" + b"\xff" * 8 + bytes(4), id="a negative size"),
    pytest.param(b"\x82\xff" + b"\x7f" + b"\xff" * 7 + bytes(4) + b"x" * 100, id="exabytes"),
    pytest.param(frame(b"\x03", CLOSE), id="a close code of one byte"),
    pytest.param(frame(b"\x03\xee", CLOSE), id="a close code that is never sent"),
    pytest.param(frame(b"\x03\xe8\xff", CLOSE), id="a close reason that is no text"),
    pytest.param(frame(b"\xff", 1), id="text that is no text"),
]


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("said", BAD_FRAMES)
async def test_bad_frames(said: bytes, verified: bool) -> None:
    async with ingest_site(handshake_timeout=0.2, publisher_timeout=0.2) as site:
        async with raw_websocket(site.ingest_port) as client:
            if verified:
                await client.send(site.hello())
            await client.stream.send_all(said)
            # Answered with a close frame or just dropped: both are right.
            with trio.fail_after(TIMEOUT), suppress(EOFError, trio.BrokenResourceError):
                await client.closed()
        await site.still_serves(jpeg())


@pytest.mark.parametrize("attack", attacks.THREE_KILLS + attacks.RESETS)
async def test_attacks(attack: Attack, port: str) -> None:
    """test_websocket.py shows that three of these end trio_websocket.serve_websocket."""
    async with ingest_site() as site:
        with trio.fail_after(TIMEOUT):
            for _ in range(5):
                await attack(site.port(port))
        await trio.testing.wait_all_tasks_blocked(0.01)
        await site.still_serves(jpeg())


async def test_a_reset_in_every_phase(port: str) -> None:
    async with ingest_site() as site:
        stream = frame(site.hello()) + frame(framed(jpeg(b"one"))) + frame(framed(jpeg(b"two")))
        steps = len(stream) // 7
        with trio.fail_after(TIMEOUT):
            for step in range(steps + 1):
                async with raw_websocket(site.port(port)) as client:
                    await client.stream.send_all(stream[: len(stream) * step // steps])
                    await trio.testing.wait_all_tasks_blocked()
                    reset(client.stream.socket)
                await site.offline()
        await site.still_serves(jpeg())


async def test_a_reset_after_the_servers_close_frame(port: str) -> None:
    async with ingest_site() as site:
        with trio.fail_after(TIMEOUT):
            async with raw_websocket(site.port(port)) as client:
                await client.send(hello(1, "wrong"))
                await client.closed()
                reset(client.stream.socket)
        await site.still_serves(jpeg())


# -- what a stranger can make us hold ------------------------------------------------------


async def test_little_is_read_of_a_stranger(monkeypatch: pytest.MonkeyPatch) -> None:
    taken = 0
    receive_some = ConnectionStream.receive_some

    async def counted(self: ConnectionStream, max_bytes: int | None = None) -> bytes:
        nonlocal taken
        data = await receive_some(self, max_bytes)
        taken += len(data)
        return data

    monkeypatch.setattr(ConnectionStream, "receive_some", counted)
    async with ingest_site() as site, raw_websocket(site.ingest_port) as client:
        # Half a token, and then what never completes it.
        await client.send(site.hello()[:40])
        with trio.move_on_after(0.3) as sending:
            await client.stream.send_all(frame(b"x" * 125, PONG) * 80_000)
        assert sending.cancelled_caught, "10 MB were taken"
        assert 0 < taken <= MAX_UNVERIFIED_BYTES


async def test_a_flood_without_a_token_ends_in_time_and_is_told_why(port: str) -> None:
    async with ingest_site(handshake_timeout=0.3) as site, raw_websocket(site.port(port)) as client:
        with trio.fail_after(TIMEOUT):
            # From the close frame on everything is read, or this would never return.
            await client.stream.send_all(frame(b"x" * 125, PONG) * 20_000 + frame(b"", CLOSE))
            assert await client.closed() == (1008, "No valid token in time")
            assert await client.end() is End.EOF


# -- what strangers leave behind -----------------------------------------------------------


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def tasks() -> int:
    return trio.lowlevel.current_statistics().tasks_living


async def crowd(site: IngestSite, port: int, size: int) -> None:
    """Connections that say nothing, garbage, half a handshake, half a hello, half a frame."""
    said = [
        b"",
        b"garbage\r\n\r\n",
        handshake()[:50],
        handshake(),
        handshake() + frame(site.hello()[:20])[:30],
    ]
    connections = []
    try:
        for number in range(size):
            connected = await trio.open_tcp_stream("127.0.0.1", port)
            connections.append(connected)
            await connected.send_all(said[number % len(said)])
        # The server serves on while they are there.
        await site.still_serves(jpeg(port))
        for connected in connections[:: 2 * len(said)]:
            reset(connected.socket)
    finally:
        for connected in connections:
            await connected.aclose()


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs Linux")
async def test_a_crowd_leaves_nothing_behind(port: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Hypercorn waits that long for the rest of a request, even when nobody is there any more.
    monkeypatch.setattr("camserve.web.http.KEEP_ALIVE_TIMEOUT", 0.5)
    async with ingest_site() as site:
        await site.still_serves(jpeg(0))
        await trio.testing.wait_all_tasks_blocked(0.05)
        files, running = open_files(), tasks()
        with trio.fail_after(TIMEOUT):
            await crowd(site, site.port(port), 200)
            # Nothing tells when the last one is gone.
            while (open_files(), tasks()) != (files, running):  # noqa: ASYNC110
                await trio.sleep(0.01)
        await site.still_serves(jpeg(1))


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="needs Linux")
async def test_who_stays_and_says_nothing_is_cleared_away() -> None:
    """The clients keep their sockets: it is the server that lets go, in handshake_timeout."""
    async with ingest_site(handshake_timeout=0.3) as site:
        await site.still_serves(jpeg(0))
        await trio.testing.wait_all_tasks_blocked(0.05)
        files, running = open_files(), tasks()
        clients = []
        for _ in range(200):
            clients.append(socket.create_connection(("127.0.0.1", site.ingest_port)))
        try:
            with trio.fail_after(TIMEOUT):
                while tasks() < running + 200:  # noqa: ASYNC110
                    await trio.sleep(0.01)
                while (open_files(), tasks()) != (files + 200, running):  # noqa: ASYNC110
                    await trio.sleep(0.01)
        finally:
            for client in clients:
                client.close()
        await site.still_serves(jpeg(1))
