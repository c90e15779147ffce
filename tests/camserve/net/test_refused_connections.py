"""Strangers and newcomers on real sockets; see also test_admission.py."""

import pytest
import trio

from camserve.net.admission import MAX_REFUSALS, Admission, Limits
from camserve.net.stream import ConnectionStream
from tests.camserve.net.connections import TIMEOUT
from tests.camserve.net.service import serving
from tests.raw_websocket import End, end_of


async def hold(stream: ConnectionStream) -> None:
    """Known when it has said something."""
    while await stream.receive_some():
        stream.authenticated()
        await stream.send_all(b"hello")


async def test_a_newcomer_gets_in_where_strangers_sit_idle() -> None:
    admission = Admission(Limits(1000, 10))
    async with serving(hold, admission=admission) as service:
        idle = [await service.connect() for _ in range(30)]
        with trio.fail_after(TIMEOUT):
            for client in idle[:20]:
                assert await end_of(client) is End.EOF
            async with await service.connect() as client:
                await client.send_all(b"?")
                assert await client.receive_some() == b"hello"
                for _ in range(30):
                    idle.append(await service.connect("127.0.0.2"))
                await client.send_all(b"?")
                assert await client.receive_some() == b"hello"
        for client in idle:
            await client.aclose()


REFUSAL = b"HTTP/1.1 503 Service Unavailable\r\n"


@pytest.mark.parametrize("asks", [b"", b"GET / HTTP/1.1\r\nHost: test\r\n\r\n", bytes(100_000)])
async def test_a_full_server_says_so(asks: bytes) -> None:
    admission = Admission(Limits(2))
    async with serving(hold, admission=admission) as service:
        known = [await service.connect() for _ in range(2)]
        with trio.fail_after(TIMEOUT):
            for client in known:
                await client.send_all(b"?")
                assert await client.receive_some() == b"hello"
            async with await service.connect() as client:
                await client.send_all(asks)
                await client.send_eof()
                answer = b"".join([data async for data in client])
        assert answer.startswith(REFUSAL)
        head, _, body = answer.partition(b"\r\n\r\n")
        assert b"\r\nRetry-After: 5\r\n" in head + b"\r\n"
        assert b"\r\nContent-Length: %d" % len(body) in head
        assert b"connections" in body
        assert admission.refused == 1
        for client in known:
            await client.aclose()


async def test_many_who_are_refused_hold_no_more_than_a_few_files() -> None:
    """Who does not read its refusal has it thrown after, and the known one is served as ever."""
    admission = Admission(Limits(1))
    async with serving(hold, admission=admission) as service, await service.connect() as known:
        with trio.fail_after(TIMEOUT):
            await known.send_all(b"?")
            await known.receive_some()
            refused = [await service.connect() for _ in range(2 * MAX_REFUSALS)]
            ends = [await end_of(client) for client in refused]
            await known.send_all(b"?")
            assert await known.receive_some() == b"hello"
        assert End.RESET in ends
        assert End.EOF in ends
        assert admission.refused == len(refused)
        for client in refused:
            await client.aclose()
