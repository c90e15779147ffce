"""One line for each connection, with the same facts for programs."""

import logging
from collections.abc import Iterator

import pytest
import trio

from camserve.logs import FACTS
from camserve.net import life as life_module
from camserve.net.life import CLOSED, FAILED, LEFT, MOST_CAMERAS, STALLED, STOPPING, Life
from camserve.net.stream import ConnectionStream
from tests.camserve.net.connections import MUCH, TIMEOUT, accepted
from tests.camserve.net.service import serving


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _every_level(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    with caplog.at_level(logging.DEBUG, logger=life_module.__name__):
        yield


def lines(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    return [record for record in caplog.records if record.name == life_module.__name__]


def test_a_line_and_its_facts(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    life = Life("192.0.2.1:5000", clock)
    life.requests = 2
    life.met("viewer", "203.0.113.7")
    life.showed("mjpeg", 1, 100, 3)
    life.showed("live", 7, 20, 0)
    life.bytes_in, life.bytes_out = 300, 6000
    life.end("Access has ended")
    life.end("something later")
    clock.now = 12.34
    life.write()
    (record,) = lines(caplog)
    assert record.levelno == logging.INFO
    assert record.getMessage() == (
        "connection of 192.0.2.1:5000 ended after 12.3 s: viewer at 203.0.113.7; 2 requests; "
        "mjpeg and live of cameras 1, 7; 120 frames, 3 dropped; 300 bytes in, 6000 out: "
        "Access has ended"
    )
    assert record.__dict__[FACTS] == {
        "event": "connection",
        "peer": "192.0.2.1:5000",
        "client": "203.0.113.7",
        "role": "viewer",
        "seconds": 12.34,
        "requests": 2,
        "kinds": ["mjpeg", "live"],
        "cameras": [1, 7],
        "frames": 120,
        "dropped": 3,
        "bytes_in": 300,
        "bytes_out": 6000,
        "ending": "Access has ended",
    }


def test_one_frame(caplog: pytest.LogCaptureFixture) -> None:
    life = Life("192.0.2.1:5000")
    life.showed("snapshot", 1, 1, 0)
    life.write()
    (record,) = lines(caplog)
    assert "; snapshot of camera 1; 1 frame, 0 dropped: " in record.getMessage()


def test_single_answers_are_for_debuggers(caplog: pytest.LogCaptureFixture) -> None:
    life = Life("[::1]:5000")
    life.requests = 1
    life.met("viewer", "::1")
    life.write()
    (record,) = lines(caplog)
    assert record.levelno == logging.DEBUG
    assert record.getMessage().endswith(f"s: viewer; 1 request: {CLOSED}")
    caplog.set_level(logging.INFO, logger=life_module.__name__)
    life.write()
    assert len(lines(caplog)) == 1


def test_a_wall_of_very_many_cameras(caplog: pytest.LogCaptureFixture) -> None:
    life = Life("192.0.2.1:5000")
    for camera in range(2 * MOST_CAMERAS):
        life.showed("live", camera, 1, 0)
    life.write()
    (record,) = lines(caplog)
    assert len(record.__dict__[FACTS]["cameras"]) == MOST_CAMERAS
    assert record.__dict__[FACTS]["frames"] == 2 * MOST_CAMERAS


async def test_who_ended_it_and_how_many_bytes_there_were(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def greet(stream: ConnectionStream) -> None:
        await stream.receive_some()
        await stream.send_all(b"hello")
        if await stream.receive_some():
            await stream.send_all(b"bye")

    async with serving(greet) as service:
        for last in (b"", b"go"):
            with trio.fail_after(TIMEOUT):
                async with await service.connect() as client:
                    await client.send_all(b"hi")
                    assert await client.receive_some() == b"hello"
                    if last:
                        await client.send_all(last)
                        assert await client.receive_some() == b"bye"
                        assert await client.receive_some() == b""
                while len(lines(caplog)) < (2 if last else 1):
                    await trio.lowlevel.checkpoint()
    facts = [record.__dict__[FACTS] for record in lines(caplog)]
    assert [(one["ending"], one["bytes_in"], one["bytes_out"]) for one in facts] == [
        (LEFT, 2, 5),
        (CLOSED, 4, 8),
    ]


async def test_a_reset_is_the_other_sides_end() -> None:
    async with accepted() as (stream, client):
        client.socket.setsockopt(trio.socket.SOL_SOCKET, trio.socket.SO_LINGER, b"\1" + bytes(7))
        client.socket.close()
        with pytest.raises(trio.BrokenResourceError), trio.fail_after(TIMEOUT):
            await stream.receive_some()
        stream.close()
        assert stream.life.ending == LEFT


async def test_who_took_nothing() -> None:
    async with accepted(stall_timeout=0.05, window=4096) as (stream, _):
        with pytest.raises(trio.BrokenResourceError), trio.fail_after(TIMEOUT):
            await stream.send_all(MUCH)
        assert stream.life.ending == STALLED
        assert stream.life.bytes_out is not None
        assert 0 < stream.life.bytes_out < len(MUCH)


async def test_an_error_of_ours_and_the_end_of_the_server(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(stream: ConnectionStream) -> None:
        if await stream.receive_some() == b"fail":
            raise RuntimeError("a bug")
        await trio.sleep_forever()

    async with serving(fail) as service, await service.connect() as client:
        async with await service.connect() as other:
            await other.send_all(b"fail")
            with trio.fail_after(TIMEOUT):
                assert await other.receive_some() == b""
        await client.send_all(b"wait")
    assert [record.__dict__[FACTS]["ending"] for record in lines(caplog)] == [FAILED, STOPPING]


async def test_a_kernel_that_counts_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("socket.TCP_INFO")
    async with accepted() as (stream, _):
        stream.close()
        assert stream.life.bytes_in is None
        assert stream.life.ending == CLOSED
