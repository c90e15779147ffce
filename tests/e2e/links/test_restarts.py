"""Real programs: the server dies and returns, or wants nothing of this camera."""

import signal
import subprocess
from pathlib import Path

import trio

from tests.e2e.links.processes import Holdings, camera_command, holdings, same_ports
from tests.links.viewer import Viewer, opener
from tests.processes import PATIENCE, python, real_server, register, run, running

ROUNDS = 3
AFTER_RETURN = 4.0  # seconds: the server's own start is over by then
MOST_GROWTH = 3000  # kB; what Python takes for itself while it warms up


async def test_a_server_that_was_killed_is_found_again(
    tmp_path: Path, nursery: trio.Nursery
) -> None:
    ((camera_id, token),) = register(tmp_path / "data", "camera 1")
    with real_server(tmp_path / "data") as server:
        ports = same_ports(server)
        viewer = Viewer(opener(server.http_port), camera_id)
        with running(camera_command(server.ingest, camera_id, token)) as camera:
            nursery.start_soon(viewer.watch)
            with trio.fail_after(PATIENCE):
                await viewer.picture()
            held = list[Holdings]()
            for _ in range(ROUNDS):
                server.program.process.send_signal(signal.SIGKILL)
                server.program.wait()
                with real_server(tmp_path / "data", *ports) as server:
                    with trio.fail_after(AFTER_RETURN):
                        await viewer.picture()
                    held.append(holdings(camera.process.pid))
            assert camera.stop() == 0
    assert held[-1].files == held[0].files
    assert held[-1].threads == held[0].threads
    assert held[-1].memory < held[0].memory + MOST_GROWTH
    assert "Traceback" not in camera.err.text


def test_a_wrong_token_ends_it_with_status_3(tmp_path: Path) -> None:
    ((camera_id, _),) = register(tmp_path / "data", "camera 1")
    with real_server(tmp_path / "data") as server:
        refused = run(camera_command(server.ingest, camera_id, "wrong"))
    assert refused.returncode == 3
    assert refused.stderr.endswith("camclient: the server refused: Invalid token\n")


def test_a_camera_that_is_removed_ends_with_status_3(tmp_path: Path) -> None:
    ((camera_id, token),) = register(tmp_path / "data", "camera 1")
    with (
        real_server(tmp_path / "data") as server,
        running(camera_command(server.ingest, camera_id, token)) as camera,
    ):
        camera.err.wait_for("connected")
        remove = python("camserve", "camera", "remove", str(camera_id))
        subprocess.run([*remove, "--data-dir", tmp_path / "data"], check=True)
        assert camera.wait() == 3
    assert f"the server refused: No camera with id {camera_id} exists" in camera.err.text
