"""A link's rate, over a simulated one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
import trio

from camclient.doctor import link as link_module
from camclient.doctor.finding import Finding, Verdict
from camclient.doctor.link import check_link, measure
from camclient.doctor.server import Line, dial
from camclient.doctor.token import check_token
from camclient.doctor.trouble import Trouble
from camclient.endpoint import parse_endpoint
from camclient.trial import Trial
from tests.camclient import raw_server
from tests.links.link import Link, open_link
from tests.serving import jpeg, running_server


def trial(size: int, fps: float = 10.0) -> Trial:
    """Of pictures of this size in bytes."""
    return Trial(
        pictures=int(fps) + 1,
        seconds=1.0,
        size=(640, 480),
        picture_bytes=size,
        cpu_per_picture=0.001,
        as_they_came=False,
        sample=jpeg(size=size),
    )


@asynccontextmanager
async def verified(tmp_path: Path) -> AsyncIterator[tuple[Line, Link]]:
    """A camera's connection to a real server over a link."""
    async with running_server(tmp_path) as server, open_link(server.ingest_port) as link:
        camera = server.cameras[0]
        async with dial(parse_endpoint(f"ws://127.0.0.1:{link.port}")) as line:
            await check_token(line, camera.id, server.token(camera))
            yield line, link


def rate(finding: Finding) -> float:
    """Bytes per second that it tells."""
    return float(finding.text.split()[-2]) * 1000


async def test_a_fast_link_is_enough(tmp_path: Path) -> None:
    async with verified(tmp_path) as (line, _):
        finding = await check_link(line, trial(20_000), wanted_fps=None)
    assert finding.verdict is Verdict.OK
    assert finding.text.startswith("round trip ")
    assert finding.hints == ("enough: 10 fps of 20.0 kB need 200 kB/s",)
    assert rate(finding) > 1_000_000


@pytest.mark.parametrize("size", [20_000, 400_000])
async def test_a_slow_link_says_which_rate_it_carries(tmp_path: Path, size: int) -> None:
    async with verified(tmp_path) as (line, link):
        link.set(rate=100_000, delay=0.02)
        finding = await check_link(line, trial(size), wanted_fps=8)
    assert finding.verdict is Verdict.WARN
    assert rate(finding) == pytest.approx(100_000, rel=0.2)
    carried = float(finding.hints[0].split()[1])
    assert carried == pytest.approx(100_000 / size, rel=0.3)
    assert f": 8 fps of {size / 1000:.1f} kB need {8 * size / 1000:.0f} kB/s" in finding.hints[0]


async def test_the_round_trip_is_not_counted_as_slowness(tmp_path: Path) -> None:
    async with verified(tmp_path) as (line, link):
        link.set(delay=0.05)
        finding = await check_link(line, trial(20_000), wanted_fps=None)
    assert finding.text.startswith(("round trip 10", "round trip 11", "round trip 12"))
    assert rate(finding) > 500_000  # 128 KiB in each round trip of 0.1 s


async def test_without_pictures_only_the_round_trip_is_known(tmp_path: Path) -> None:
    async with verified(tmp_path) as (line, link):
        before = link.up.passed
        finding = await check_link(line, None, wanted_fps=None)
        assert link.up.passed - before < 100
    assert finding.verdict is Verdict.OK
    assert "no pictures" in finding.hints[0]


class MuteServer:
    """Takes everything and answers no ping. got: bytes after the handshake."""

    def __init__(self) -> None:
        self.got = 0

    async def handle(self, stream: trio.SocketStream) -> None:
        await raw_server.accept(stream)
        with suppress(trio.BrokenResourceError):
            while data := await stream.receive_some():
                self.got += len(data)


async def test_a_server_that_answers_no_ping(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "PING_TIMEOUT", 0.05)
    async with trio.open_nursery() as nursery:
        url = await raw_server.listen(nursery, MuteServer().handle)
        with pytest.raises(Trouble, match="no answer to a ping"):
            async with dial(parse_endpoint(url)) as line:
                await check_link(line, None, wanted_fps=None)
        nursery.cancel_scope.cancel()


async def test_little_is_sent_that_was_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "DRAINING", -0.8)  # 0.2 s in all
    mute = MuteServer()
    async with trio.open_nursery() as nursery:
        url = await raw_server.listen(nursery, mute.handle)
        async with dial(parse_endpoint(url)) as line:
            line.wire.send_hello(1, "token")
            assert await measure(line, jpeg(size=1_000_000), 0.0) == 0
        nursery.cancel_scope.cancel()
    assert 128 * 1024 <= mute.got < 129 * 1024
