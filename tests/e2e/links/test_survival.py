"""What must not matter to a camera: a log that nobody takes, and the time of day."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio

from tests.e2e.links.processes import camera_command, same_ports
from tests.e2e.links.site import FPS
from tests.links.ages import assert_fresh
from tests.links.viewer import Viewer, opener
from tests.processes import PATIENCE, environment, real_server, register

WATCHED = 2.0  # seconds
#: Runs camclient with standard error closed, as a program without a terminal may be started.
CLOSED = "import os, sys; os.close(2); os.execv(sys.argv[1], sys.argv[1:])"
#: Runs it with a wall clock that stands a day off now and then, as before and after NTP.
JUMPING = """
import random, runpy, sys, time

real, real_ns = time.time, time.time_ns
time.time = lambda: real() + random.choice([0, 86400, -86400])
time.time_ns = lambda: real_ns() + random.choice([0, 86400, -86400]) * 10**9
sys.argv[:] = ["tests.links.camera", *sys.argv[1:]]
runpy.run_module("tests.links.camera", run_name="__main__", alter_sys=True)
"""


@contextmanager
def camera(words: list[str], stderr: int | None = None) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        words, env=environment(), stdin=subprocess.DEVNULL, stdout=stderr, stderr=stderr
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def assert_survives(tmp_path: Path, kind: str, nursery: trio.Nursery) -> None:
    """Pictures come, also after something that is logged; and it ends well."""
    ((camera_id, token),) = register(tmp_path / "data", "camera 1")
    with real_server(tmp_path / "data") as server:
        words = camera_command(server.ingest, camera_id, token)
        with open_log(kind) as stderr:
            if kind == "closed":
                words = [sys.executable, "-c", CLOSED, *words]
            with camera([*words, "--log-level", "debug"], stderr) as process:
                viewer = Viewer(opener(server.http_port), camera_id)
                nursery.start_soon(viewer.watch)
                with trio.fail_after(PATIENCE):
                    await viewer.picture()
                server.program.process.send_signal(signal.SIGKILL)
                server.program.wait()
                with real_server(tmp_path / "data", *same_ports(server)):
                    with trio.fail_after(PATIENCE):
                        await viewer.picture()
                    assert process.poll() is None
                    process.send_signal(signal.SIGTERM)
                    assert process.wait(PATIENCE) == 0


@contextmanager
def open_log(kind: str) -> Iterator[int | None]:
    if kind == "full":
        with open("/dev/full", "wb") as full:  # every write: no space left on device
            yield full.fileno()
    elif kind == "broken":
        reader, writer = os.pipe()
        os.close(reader)
        try:
            yield writer
        finally:
            os.close(writer)
    else:
        yield subprocess.DEVNULL


@pytest.mark.parametrize("kind", ["full", "broken", "closed"])
async def test_a_log_that_nobody_takes(kind: str, tmp_path: Path, nursery: trio.Nursery) -> None:
    """The disk is full, or the pipe's reader is gone, or there is no standard error at all."""
    await assert_survives(tmp_path, kind, nursery)


async def test_a_wall_clock_that_jumps(tmp_path: Path, nursery: trio.Nursery) -> None:
    ((camera_id, token),) = register(tmp_path / "data", "camera 1")
    with real_server(tmp_path / "data") as server:
        arguments = camera_command(server.ingest, camera_id, token)[5:]
        with camera([sys.executable, "-W", "error", "-c", JUMPING, *arguments]) as process:
            viewer = Viewer(opener(server.http_port), camera_id)
            nursery.start_soon(viewer.watch)
            with trio.fail_after(PATIENCE):
                await viewer.picture()
            assert_fresh(await viewer.pictures(WATCHED), at_least=int(WATCHED * FPS * 0.8))
            process.send_signal(signal.SIGTERM)
            assert process.wait(PATIENCE) == 0
