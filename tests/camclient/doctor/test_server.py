"""Ways in which there may be no camera server, each with what to do about it."""

import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler

import pytest
import trio

from camclient.doctor.server import dial
from camclient.doctor.trouble import Trouble
from camclient.endpoint import parse_endpoint
from tests.camclient.fakes import CameraServer, open_sockets, wait_until

Handler = Callable[[trio.SocketStream], Awaitable[None]]


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[int]:
    """A TCP server for as long as the block runs; its port."""
    async with trio.open_nursery() as nursery:
        (listener,) = await nursery.start(partial(trio.serve_tcp, handler, 0, host="127.0.0.1"))
        yield listener.socket.getsockname()[1]
        nursery.cancel_scope.cancel()


async def trouble(url: str, patience: float = 5.0) -> Trouble:
    """What is wrong with this server."""
    with pytest.raises(Trouble) as raised:
        async with dial(parse_endpoint(url), patience=patience):
            pytest.fail("there is no camera server")
    return raised.value


def answering(answer: bytes) -> Handler:
    """A server that says this to whatever it is asked, and hangs up."""

    async def handle(stream: trio.SocketStream) -> None:
        if await stream.receive_some():
            await stream.send_all(answer)
            await stream.send_eof()
            await stream.receive_some()

    return handle


def http(status: str, *headers: str, body: str = "") -> bytes:
    lines = [f"HTTP/1.1 {status}", *headers, "Connection: close", "", body]
    return "\r\n".join(lines).encode()


async def test_a_server_that_is_there(server: CameraServer) -> None:
    async with dial(parse_endpoint(server.url)) as line:
        assert 0 < line.seconds < 5
        assert not line.tells_demand
        session = await server.next_session()
    with trio.fail_after(5):
        await session.wait_gone()


async def test_nobody_listens() -> None:
    with trio.socket.socket() as placeholder:
        await placeholder.bind(("127.0.0.1", 0))
        port = placeholder.getsockname()[1]
        found = await trouble(f"ws://127.0.0.1:{port}")
    assert str(found) == f"nobody listens on port {port} of 127.0.0.1"
    assert "--host 0.0.0.0" in found.hints[0]


@pytest.mark.parametrize(
    ("host", "hint"),
    [("nowhere.invalid", "is it spelt right"), ("nowhere-at-all.local", "names in .local need")],
)
async def test_a_name_that_is_not_known(host: str, hint: str) -> None:
    found = await trouble(f"ws://{host}:8001")
    assert str(found).startswith(f"the name {host} is not known: ")
    assert found.hints[0].startswith(hint)


async def test_a_port_that_accepts_and_says_nothing() -> None:
    async def say_nothing(stream: trio.SocketStream) -> None:
        await trio.sleep_forever()

    async with listening(say_nothing) as port:
        found = await trouble(f"ws://127.0.0.1:{port}", patience=0.2)
    assert "lets us in, but says nothing within 0.2 s" in str(found)


async def test_tcp_that_is_never_answered() -> None:
    async with trio.open_nursery() as nursery:
        with trio.socket.socket() as full:  # a backlog of one, which others fill
            await full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]

            async def wait_in_line() -> None:
                stream = await trio.open_tcp_stream("127.0.0.1", port)
                async with stream:
                    await trio.sleep_forever()

            for _ in range(3):
                nursery.start_soon(wait_in_line)
            await trio.testing.wait_all_tasks_blocked(0.05)
            found = await trouble(f"ws://127.0.0.1:{port}", patience=0.2)
            nursery.cancel_scope.cancel()
    assert str(found) == f"127.0.0.1, port {port}: no answer within 0.2 s"
    assert f"sudo ufw allow {port}/tcp" in found.hints[1]


async def test_a_port_that_hangs_up() -> None:
    async def hang_up(stream: trio.SocketStream) -> None:
        await stream.receive_some()

    async with listening(hang_up) as port:
        assert "hangs up instead of answering" in str(await trouble(f"ws://127.0.0.1:{port}"))


async def test_a_port_of_another_protocol() -> None:
    async with listening(answering(b"SSH-2.0-OpenSSH_9.2p1\r\n")) as port:
        found = await trouble(f"ws://127.0.0.1:{port}")
    assert str(found).endswith("is no WebSocket, it says 'SSH-2.0-OpenSSH_9.2p1'")


@pytest.mark.parametrize(
    ("answer", "path", "hint"),
    [
        (http("200 OK", body="hello"), "", "a web server, but not camserve's"),
        (http("404 Not Found"), "", "a web server, but not camserve's"),
        (http("404 Not Found"), "/cam", "no camera server at that path: leave away /cam"),
        (http("301 Moved", "Location: https://x/"), "", "it wants TLS: wss://"),
        (http("302 Found", "Location: http://y/"), "", "it sends us to http://y/"),
        (http("400 Bad Request", body="sent to HTTPS port"), "", "it wants TLS: wss://"),
        (http("401 Unauthorized"), "", "something in between wants a password"),
        (http("502 Bad Gateway"), "", "a proxy is there, but camserve behind it is not"),
    ],
)
async def test_a_web_server_that_is_not_ours(answer: bytes, path: str, hint: str) -> None:
    async with listening(answering(answer)) as port:
        found = await trouble(f"ws://127.0.0.1:{port}{path}")
    assert f"answers HTTP {answer.split()[1].decode()} instead of a WebSocket" in str(found)
    assert found.hints[0].startswith(hint)


async def test_an_old_web_server_that_ends_its_answer_by_hanging_up() -> None:
    # As Python's own http.server does, whose answers are HTTP/1.0.
    assert BaseHTTPRequestHandler.protocol_version == "HTTP/1.0"
    async with listening(answering(b"HTTP/1.0 404 Not Found\r\n\r\n<html>")) as port:
        assert "answers HTTP 404" in str(await trouble(f"ws://127.0.0.1:{port}"))


async def test_tls_where_there_is_none(server: CameraServer) -> None:
    found = await trouble(f"wss://127.0.0.1:{server.port}")
    assert found.hints[0] == (
        f"a port without TLS? then ws://127.0.0.1:{server.port}/video-input-stream"
    )


async def test_a_connection_that_ends_within_the_block_says_why(server: CameraServer) -> None:
    async def close() -> None:
        await (await server.next_session()).close(1008, "Invalid token")

    async with trio.open_nursery() as nursery:
        nursery.start_soon(close)
        with pytest.raises(Exception, match=r"^Invalid token$"):
            async with dial(parse_endpoint(server.url)) as line:
                await line.socket.get_message()


async def test_cancelled_it_leaves_nothing_open(server: CameraServer) -> None:
    before = open_sockets()
    with trio.move_on_after(1) as scope:
        async with dial(parse_endpoint(server.url)):
            scope.cancel()
            await trio.sleep_forever()
    assert scope.cancelled_caught
    await wait_until(lambda: open_sockets() <= before + 1)  # the server's side ends later


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (9, "is this machine's clock right? date; timedatectl"),
        (10, "renew it on the server; or is this machine's clock wrong? date"),
        (62, "use the name that the certificate was made for"),
        (64, "use the name that the certificate was made for"),
        (
            18,
            "signed by your own authority, or by itself? name its certificate: --ca-file ca.pem",
        ),
    ],
)
def test_what_is_wrong_with_a_certificate(code: int, hint: str) -> None:
    from camclient.doctor.trouble import no_connection
    from camclient.failures import ConnectionLostError

    refused = ssl.SSLCertVerificationError()
    refused.verify_code = code
    broken = trio.BrokenResourceError()
    broken.__cause__ = refused
    error = ConnectionLostError("cannot connect: its certificate is not accepted: x")
    error.__cause__ = broken
    found = no_connection(parse_endpoint("wss://example.org"), error)
    assert str(found) == "example.org: its certificate is not accepted: x"
    assert found.hints[0] == hint


async def test_a_banner_without_an_end_is_told_as_well() -> None:
    async def wait(stream: trio.SocketStream) -> None:
        await stream.send_all(b"220 mail ESMTP\r\n")
        await trio.sleep_forever()

    async with listening(wait) as port:
        found = await trouble(f"ws://127.0.0.1:{port}", patience=0.5)
    assert str(found).endswith("it says '220 mail ESMTP'")
