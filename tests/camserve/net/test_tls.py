"""The beginning and the end of TLS; test_stream.py and others hold what all streams promise."""

import logging
import ssl
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trio
import trio.testing

from camserve.net import listen
from camserve.net.certificate import Certificate
from camserve.net.listen import bound_port, open_listeners, serve_connections
from camserve.net.stream import ConnectionStream
from tests.camserve.net.connections import TIMEOUT
from tests.certificates import Authority
from tests.raw_websocket import reset

SecureClient = trio.SSLStream[trio.SocketStream]


async def echo(stream: ConnectionStream) -> None:
    while data := await stream.receive_some():
        await stream.send_all(data)


@asynccontextmanager
async def serving(authority: Authority) -> AsyncIterator[int]:
    """An echo over TLS; gives its port."""
    certificate = Certificate(*authority.issue())
    listeners = await open_listeners("127.0.0.1", 0)
    stop = trio.Event()

    async def run(task_status: trio.TaskStatus[None]) -> None:
        await serve_connections(
            echo,
            listeners,
            stop=stop,
            grace=TIMEOUT,
            stall_timeout=TIMEOUT,
            certificate=certificate,
            task_status=task_status,
        )

    with trio.fail_after(2 * TIMEOUT):
        async with trio.open_nursery() as nursery:
            await nursery.start(run)
            yield bound_port(listeners)
            stop.set()
            began = trio.current_time()
        assert trio.current_time() - began < TIMEOUT / 2


async def secure(port: int, context: ssl.SSLContext) -> SecureClient:
    tcp = await trio.open_tcp_stream("127.0.0.1", port)
    client = trio.SSLStream(tcp, context, server_hostname="localhost")
    try:
        await client.do_handshake()
    except trio.BrokenResourceError:
        await trio.aclose_forcefully(client)
        raise
    return client


async def echoes(client: SecureClient) -> bool:
    await client.send_all(b"hello")
    return await client.receive_some() == b"hello"


async def test_talk_and_farewell(authority: Authority) -> None:
    async with serving(authority) as port:
        client = await secure(port, authority.trusting())
        assert await echoes(client)
        async with client:
            pass  # a farewell is sent, and the server's waited for


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_versions(authority: Authority, version: ssl.TLSVersion) -> None:
    context = authority.trusting()
    context.minimum_version = context.maximum_version = version
    async with serving(authority) as port, await secure(port, context) as client:
        assert await echoes(client)


async def test_older_versions_are_refused(authority: Authority) -> None:
    context = authority.trusting()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    async with serving(authority) as port:
        with pytest.raises(trio.BrokenResourceError) as error:
            await secure(port, context)
        assert "ALERT" in str(error.value.__cause__), "it is told why"


@pytest.mark.parametrize(("offer", "chosen"), [(["h2", "http/1.1"], "http/1.1"), (["h2"], None)])
async def test_never_http_2(authority: Authority, offer: list[str], chosen: str | None) -> None:
    context = authority.trusting()
    context.set_alpn_protocols(offer)
    async with serving(authority) as port, await secure(port, context) as client:
        assert client.selected_alpn_protocol() == chosen
        assert await echoes(client)


@pytest.mark.parametrize("pieces", [1, 1000])
async def test_plain_http_is_told_so(authority: Authority, pieces: int) -> None:
    request = b"POST /x HTTP/1.1\r\nHost: test\r\nContent-Length: 7\r\n\r\nunread!"
    async with serving(authority) as port:
        client = await trio.open_tcp_stream("127.0.0.1", port)
        for start in range(0, len(request), len(request) // pieces or 1):
            await client.send_all(request[start : start + (len(request) // pieces or 1)])
        with trio.fail_after(TIMEOUT):
            answer = b"".join([part async for part in client])
        assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"speaks HTTPS only" in answer
        await client.aclose()


@pytest.mark.parametrize("first", [b"\0\0\0\1", b"\x80\x2e\x01\x03", b"\x16\x03\x01\x00\x05hello"])
async def test_what_is_neither_is_hung_up_on(authority: Authority, first: bytes) -> None:
    async with serving(authority) as port:
        async with await trio.open_tcp_stream("127.0.0.1", port) as client:
            await client.send_all(first)
            with trio.fail_after(TIMEOUT):
                assert b"HTTP" not in b"".join([part async for part in client])
        async with await secure(port, authority.trusting()) as client:
            assert await echoes(client)


async def test_silence_ends_and_keeps_nobody_waiting(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listen, "TLS_TIMEOUT", 0.3)
    async with serving(authority) as port, await trio.open_tcp_stream("127.0.0.1", port) as silent:
        async with await secure(port, authority.trusting()) as client:
            assert await echoes(client)
        with trio.fail_after(TIMEOUT):
            assert await silent.receive_some() == b""


async def test_a_handshake_that_never_ends_has_an_end(authority: Authority) -> None:
    """It is told to be long, and comes in small records, each of which TLS has to keep."""
    record = b"\x16\x03\x01\x04\x00" + (b"\x01\x01\xff\xff" + bytes(1020))
    async with serving(authority) as port, await trio.open_tcp_stream("127.0.0.1", port) as client:
        with trio.fail_after(TIMEOUT), pytest.raises(trio.BrokenResourceError):
            await client.send_all(record * 10_000)


async def test_a_reset_in_the_handshake_is_no_fault(
    authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving(authority) as port:
        client = await trio.open_tcp_stream("127.0.0.1", port)
        await client.send_all(b"\x16\x03\x01")
        reset(client.socket)
        async with await secure(port, authority.trusting()) as other:
            assert await echoes(other)
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


async def test_stopping_waits_for_no_handshake(authority: Authority) -> None:
    async with serving(authority) as port:  # which measures
        silent = await trio.open_tcp_stream("127.0.0.1", port)
        async with await secure(port, authority.trusting()) as client:
            assert await echoes(client)
    await silent.aclose()


async def test_other_handshakes_in_tls_1_2_are_refused(authority: Authority) -> None:
    certificate = Certificate(*authority.issue())
    assert certificate.context.options & ssl.OP_NO_RENEGOTIATION
