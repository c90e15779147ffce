"""Two computers on one local network: the camera is not told where the server is."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

import pytest

from tests.netns.namespace import Namespace, namespaces
from tests.processes import Program, environment, python, register, running

CAMERA, SERVER, MOVED = "10.78.0.2", "10.78.0.3", "10.78.0.4"
HTTP_PORT, INGEST_PORT = 8000, 8001
#: The old connection has to be given up, and a look around lasts for seconds.
FOUND_AGAIN = 20.0  # seconds
LONGEST_STOP = 5.0  # seconds
SIGNAL_TO_END = 2.0  # seconds; of camclient


@dataclass
class Lan:
    camera: Namespace
    server: Namespace
    camserve: Program
    camclient: Program

    def picture_after(self, sequence: int) -> int:
        """Wait for a picture with a higher number; its number."""
        deadline = time.monotonic() + FOUND_AGAIN
        while time.monotonic() < deadline:
            connection = HTTPConnection("127.0.0.1", HTTP_PORT, timeout=FOUND_AGAIN)
            connection.sock = self.server.call(
                socket.create_connection, ("127.0.0.1", HTTP_PORT), FOUND_AGAIN
            )
            connection.request("GET", f"/cameras/1/snapshot.jpg?after={sequence}&wait=1")
            answer = connection.getresponse()
            answer.read()
            connection.close()
            if answer.status == 200:
                return int(answer.headers["X-Frame-Sequence"])
        raise AssertionError(f"no picture after {sequence}")


def camclient(camera_id: int, token: str) -> list[str]:
    identity = ("--camera-id", str(camera_id), "--token", token)
    return python("camclient", *identity, "--source", "test", "--fps", "10")


@pytest.fixture
def lan(tmp_path: Path) -> Iterator[Lan]:
    """Both programs run; the server's cable is not plugged in yet."""
    with namespaces(2) as (camera, server), ExitStack() as stack:
        camera.connect("eth0", server, "eth0")
        camera.ip(f"addr add {CAMERA}/24 dev eth0")
        camera.ip("link set eth0 up")
        ((camera_id, token),) = register(tmp_path / "data", "camera 1")
        serve = python("camserve", "run", "--data-dir", tmp_path / "data", "--host", "0.0.0.0")
        ports = ["--port", str(HTTP_PORT), "--ingest-port", str(INGEST_PORT)]
        served = server.call(stack.enter_context, running([*serve, *ports], env=environment()))
        publishing = running(camclient(camera_id, token), env=environment())
        yield Lan(camera, server, served, camera.call(stack.enter_context, publishing))


def test_the_server_is_found_and_found_again(lan: Lan) -> None:
    lan.camserve.out.wait_for("cameras ws://")
    lan.server.ip(f"addr add {SERVER}/24 dev eth0")
    lan.server.ip("link set eth0 up")
    lan.camserve.err.wait_for("cameras find this server as 'camserve on ")
    sequence = lan.picture_after(0)
    lan.camclient.err.wait_for(rf"found camserve on .* \(ws://{SERVER}:{INGEST_PORT}/")

    lan.server.ip("addr flush dev eth0")
    lan.server.ip(f"addr add {MOVED}/24 dev eth0")
    # Pictures that came before the address was gone do not count.
    lan.camclient.err.wait_for(rf"found camserve on .* \(ws://{MOVED}:{INGEST_PORT}/")
    lan.picture_after(lan.picture_after(sequence))

    began = time.monotonic()
    assert lan.camserve.stop() == 0
    assert time.monotonic() - began < LONGEST_STOP
    assert lan.camclient.stop() == 0


@pytest.mark.parametrize("with_cable", [True, False])
def test_nobody_is_there(with_cable: bool) -> None:
    with namespaces(2) as (camera, other), ExitStack() as stack:
        camera.connect("eth0", other, "eth0")
        if with_cable:
            other.ip("link set eth0 up")
            camera.ip(f"addr add {CAMERA}/24 dev eth0")
            camera.ip("link set eth0 up")
        publishing = running(camclient(1, "x"), env=environment())
        program = camera.call(stack.enter_context, publishing)
        program.err.wait_for("no camera server .*; give its address with --server")
        began = time.monotonic()
        assert program.stop() == 0
        assert time.monotonic() - began < SIGNAL_TO_END
