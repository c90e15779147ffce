"""A viewer's move, all the way: HTTP, the server, the ingest socket, camclient, gpiozero."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trio

from camclient.camera import run
from camclient.config import Config
from camclient.sources.source import Capture
from tests.camclient.fakes import FakeCapture, FakeSource, wait_until
from tests.camclient.mock_gpio import Gpio, mock_gpio
from tests.serving import RunningServer, connection, jpeg, running_server


@pytest.fixture
def gpio() -> Iterator[Gpio]:
    with mock_gpio() as gpio:
        yield gpio


def pictures() -> Iterator[Capture | Exception]:
    while True:
        yield FakeCapture(jpeg(size=1000))


def config(server: RunningServer, **settings: object) -> Config:
    return Config(
        server=f"ws://127.0.0.1:{server.ingest_port}",
        camera_id=1,
        token=server.token(server.cameras[0]),
        has_motor=True,
        max_speed=1000,
        **settings,  # type: ignore[arg-type]
    )


async def post_move(server: RunningServer, x: float, y: float) -> int:
    """The HTTP status."""
    body = json.dumps({"x": x, "y": y})
    async with connection(server.http_port) as stream:
        await stream.send_all(
            b"POST /cameras/1/move HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
            b"Content-Type: application/json\r\n"
            + f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        answer = b"".join([chunk async for chunk in stream])
    return int(answer.split()[1])


async def wait_online(server: RunningServer) -> None:
    with trio.fail_after(10):
        while await post_move(server, 0, 0) == 409:  # noqa: ASYNC110 - nothing tells us
            await trio.sleep(0.02)


async def test_a_posted_move_turns_the_servos_within_their_limits(
    tmp_path: Path, gpio: Gpio
) -> None:
    async with running_server(tmp_path) as server, trio.open_nursery() as nursery:
        settings = config(server, pitch_pin=22, yaw_pin=23, max_y=0.5)
        nursery.start_soon(run, settings, FakeSource(pictures, pace=20))
        await wait_online(server)
        assert await post_move(server, -0.25, 1) == 202
        await wait_until(lambda: gpio.positions.get(22, [None])[-1] == -0.25)
        await wait_until(lambda: gpio.positions[23][-1] == 0.5)
        assert gpio.pulsing(22)
        await wait_until(lambda: not gpio.pulsing(22))  # at rest
        assert await post_move(server, 1, -1) == 202
        await wait_until(lambda: gpio.positions[23][-1] == -1)
        nursery.cancel_scope.cancel()
    assert not gpio.pulsing(22)
    assert not gpio.pulsing(23)


@pytest.mark.parametrize("reason", ["the daemon is gone", "gpiozero"])
async def test_a_motor_that_fails_takes_no_picture_away(
    reason: str,
    tmp_path: Path,
    gpio: Gpio,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gpio.fail = True
    if reason == "gpiozero":
        monkeypatch.setitem(sys.modules, "gpiozero", None)  # not installed
    async with running_server(tmp_path) as server, trio.open_nursery() as nursery:
        nursery.start_soon(run, config(server), FakeSource(pictures, pace=20))
        await wait_online(server)
        assert await post_move(server, 1, 1) == 202
        await wait_until(lambda: "the motor does not work" in caplog.text)
        assert reason in caplog.text
        async with connection(server.http_port) as stream:
            await stream.send_all(
                b"GET /cameras/1/snapshot.jpg?max_age=0 HTTP/1.1\r\n"
                b"Host: test\r\nConnection: close\r\n\r\n"
            )
            answer = b"".join([chunk async for chunk in stream])
        assert answer.startswith(b"HTTP/1.1 200 ")  # a picture from after the fault
        nursery.cancel_scope.cancel()
