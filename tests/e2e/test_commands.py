"""Commands from the shell while the server runs."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.clients import get, states
from tests.processes import (
    READY,
    RealServer,
    camclient,
    environment,
    eventually,
    python,
    real_server,
    register,
    run,
    running,
)
from tests.serving import jpeg


def has_ipv6() -> bool:
    """Whether this machine has it switched on, as containers often have not."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def server(data_dir: Path) -> Iterator[RealServer]:
    with real_server(data_dir) as server:
        yield server


def camera(data_dir: Path, *words: str) -> str:
    """`camserve camera …`, which has to work; what it prints."""
    done = run(python("camserve", "camera", *words, "--data-dir", data_dir))
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@contextmanager
def publisher(server: RealServer, camera_id: int, token: str) -> Iterator[ClientConnection]:
    """Has said hello and sent one frame."""
    with connect(server.ingest) as connection:
        proof = token.encode()
        connection.send(struct.pack("<ii", camera_id, len(proof)) + proof)
        picture = jpeg(camera_id)
        connection.send(struct.pack("<i", len(picture)) + picture)
        yield connection


def cut_off(connection: ClientConnection) -> tuple[float, int, str]:
    """Wait until the server closes: the seconds that it took, code and reason."""
    since = time.monotonic()
    with pytest.raises(ConnectionClosed) as closed:
        connection.recv(timeout=10)
    assert closed.value.rcvd is not None
    return time.monotonic() - since, closed.value.rcvd.code, closed.value.rcvd.reason


def test_a_camera_that_is_added_is_not_refused_once(server: RealServer, data_dir: Path) -> None:
    added = json.loads(camera(data_dir, "add", "new", "--json"))
    picture = server.url(f"/get-image?cameraId={added['id']}")
    # At once: camclient gives up for good when it is told that there is no such camera.
    with publisher(server, added["id"], added["token"]):
        assert eventually(lambda: get(picture) == (200, jpeg(added["id"])), timeout=5) < 1


def test_a_new_token_is_not_refused_once(server: RealServer, data_dir: Path) -> None:
    added = json.loads(camera(data_dir, "add", "newly rotated", "--json"))
    token = camera(data_dir, "token", str(added["id"]), "--rotate").strip()
    picture = server.url(f"/get-image?cameraId={added['id']}")
    with publisher(server, added["id"], token):
        assert eventually(lambda: get(picture) == (200, jpeg(added["id"])), timeout=5) < 1


def test_the_printed_command_is_ready_to_be_used(server: RealServer, data_dir: Path) -> None:
    added = json.loads(camera(data_dir, "add", "ready", "--json"))
    program, *words = added["command"].split()
    assert program == "camclient"
    with running(python(program, *words, "--source", "test", "--fps", "30")) as client:
        eventually(lambda: states(server)[-1] == "online")
        assert client.stop() == 0
    assert "refused" not in client.err.text


def test_a_removed_camera_is_cut_off_within_a_second(server: RealServer, data_dir: Path) -> None:
    ((camera_id, token),) = register(data_dir, "removed")
    eventually(lambda: get(server.url(f"/cameras/{camera_id}"))[0] == 200)
    with publisher(server, camera_id, token) as connection:
        eventually(lambda: states(server)[-1] == "online")
        camera(data_dir, "remove", str(camera_id))
        seconds, code, reason = cut_off(connection)
    assert seconds < 1
    assert (code, reason) == (1008, f"No camera with id {camera_id} exists")
    assert get(server.url(f"/cameras/{camera_id}"))[0] == 404


def test_rotation_cuts_off_and_camclient_gives_up(server: RealServer, data_dir: Path) -> None:
    ((camera_id, token),) = register(data_dir, "rotated")
    eventually(lambda: get(server.url(f"/cameras/{camera_id}"))[0] == 200)
    quiet = ("--source", "test", "--log-level", "error")
    with running(camclient(server.ingest, camera_id, token, *quiet)) as client:
        eventually(lambda: states(server)[-1] == "online")
        rotated = camera(data_dir, "token", str(camera_id), "--rotate").strip()
        assert client.wait(timeout=5) == 3
    assert client.err.text == "camclient: the server refused: Invalid token\n"
    assert rotated != token
    assert camera(data_dir, "token", str(camera_id)) == f"{rotated}\n"
    with publisher(server, camera_id, rotated):
        eventually(lambda: states(server)[-1] == "online")


def test_rotation_cuts_off_within_a_second(server: RealServer, data_dir: Path) -> None:
    ((camera_id, token),) = register(data_dir, "rotated quickly")
    eventually(lambda: get(server.url(f"/cameras/{camera_id}"))[0] == 200)
    with publisher(server, camera_id, token) as connection:
        eventually(lambda: states(server)[-1] == "online")
        camera(data_dir, "token", str(camera_id), "--rotate")
        seconds, code, reason = cut_off(connection)
    assert seconds < 1
    assert (code, reason) == (1008, "Invalid token")


def test_two_lines_when_ready_and_nothing_else_on_standard_output(tmp_path: Path) -> None:
    with real_server(tmp_path) as server:
        assert server.program.stop() == 0
    assert READY.fullmatch(server.program.out.text)
    assert server.host == "127.0.0.1"
    assert server.program.err.text.count("cameras on other machines cannot reach") == 1
    assert "--host 0.0.0.0" in server.program.err.text


@pytest.mark.parametrize("wildcard", ["0.0.0.0", "::"] if has_ipv6() else ["0.0.0.0"])
def test_with_a_wildcard_host_the_printed_addresses_are_reachable(
    tmp_path: Path, wildcard: str
) -> None:
    ((camera_id, token),) = register(tmp_path / "data", "front")
    with real_server(tmp_path / "data", "--host", wildcard) as server:
        assert server.host not in {"0.0.0.0", "[::]"}
        assert get(server.url("/hello"))[0] == 200
        url = server.program.out.wait_for("cameras (.*)\n")[1]
        with running(camclient(url, camera_id, token, "--source", "test")):
            eventually(lambda: states(server) == ["online"])
    assert "cannot reach" not in server.program.err.text


def test_a_second_server_on_the_same_data_does_not_take_the_first_ones_place(
    server: RealServer, data_dir: Path
) -> None:
    words = python("camserve", "run", "--data-dir", data_dir, "--port", str(server.http_port))
    done = run(words)
    assert done.returncode == 1
    added = json.loads(camera(data_dir, "add", "after the second", "--json"))
    assert f"--server ws://127.0.0.1:{server.ingest_port} " in added["command"]


def test_an_unknown_variable_is_a_warning(tmp_path: Path) -> None:
    with real_server(tmp_path, CAMSERVE_PROT="8000") as server:
        assert server.program.stop() == 0
    warning = "unknown variable CAMSERVE_PROT; did you mean CAMSERVE_PORT?\n"
    assert server.program.err.text.count(warning) == 1


def test_camclient_stops_properly_without_any_server(tmp_path: Path) -> None:
    words = camclient("ws://127.0.0.1:1", 1, "token", "--source", "test")
    with running(words, env=environment(CAMCLIENT_FPS="5")) as client:
        client.err.wait_for("Connection refused")
        assert client.stop() == 0
