"""A thousand connections that nobody needs, on each port, and those who belong here get in."""

from pathlib import Path

import pytest
import trio

from camserve.net.open_files import room_for_connections
from tests.processes import real_server, register
from tests.torture.crowd import Crowd
from tests.torture.witness import PASSWORD, Delays, Witness

IDLE, SLOW = 1000, 60  # on each port
TRIES = 5
SOON = 2.0  # seconds, on a slow machine; on an idle one it is a fortieth of that


async def time_to_get_in(witness: Witness) -> tuple[float, float]:
    """Seconds that a new camera needs until it has sent, and that a new viewer needs."""
    began = trio.current_time()
    async with witness.publishing() as camera:
        await camera.send_message(b"\0\0\0\0")
        await camera.ping()  # answered when everything before it was read
        camera_in = trio.current_time()
        async with witness.watching():
            return camera_in - began, trio.current_time() - camera_in


@pytest.mark.parametrize("many_addresses", [False, True])
async def test_those_who_belong_here_get_in(tmp_path: Path, many_addresses: bool) -> None:
    assert room_for_connections(3 * IDLE) == 3 * IDLE, "this process may open too few files"
    cameras = register(tmp_path, "watched", "newcomer")
    # Fewer than strangers may have: those who belong here need places that others have.
    options = ("--max-connections", "400")
    with real_server(tmp_path, *options, CAMSERVE_VIEWER_PASSWORD=PASSWORD) as server:
        ports = (server.http_port, server.ingest_port)
        watched, newcomer = (Witness(*ports, camera_id, token) for camera_id, token in cameras)
        async with trio.open_nursery() as nursery:
            with trio.fail_after(10):
                await nursery.start(watched.run)
            before = await watched.phase(1)
            # It has to have sent one picture, so that its viewers' streams begin at once.
            with trio.move_on_after(1):
                await newcomer.run()
            crowd = Crowd(ports, many_addresses=many_addresses)
            watched.delays.clear()
            await crowd.come(IDLE, SLOW, nursery)
            seconds = [await time_to_get_in(newcomer) for _ in range(TRIES)]
            during = Delays.of(watched.delays)
            nursery.cancel_scope.cancel()
        print(before, during, seconds, crowd.open)  # noqa: T201
        for camera_in, viewer_in in seconds:
            assert camera_in < SOON
            assert viewer_in < SOON
        assert not watched.foreign
        assert during.median < before.median + 1 / 30
    assert "gave way to a newcomer" in server.program.err.text
    assert server.program.err.text.count("\n") < 200
