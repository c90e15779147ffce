"""The real server on sockets that somebody else opened."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.clients import get, states
from tests.processes import (
    PATIENCE,
    Program,
    camclient,
    environment,
    eventually,
    python,
    ready,
    register,
    running,
)

#: Opens sockets as a service manager does, and becomes the server.
MANAGER = """
import os, socket, sys
names, kept = [], []
for word in sys.argv[1].split():
    name, _, address = word.partition("=")
    opened = socket.create_server((address, 0))
    names.append(name)
    kept.append(os.dup2(opened.fileno(), 100 + len(kept), inheritable=False))
    print("opened", name, *opened.getsockname(), file=sys.stderr, flush=True)
    opened.detach()
for number, descriptor in enumerate(kept, 3):
    os.dup2(descriptor, number, inheritable=True)
os.environ.update(LISTEN_FDS=str(len(kept)), LISTEN_FDNAMES=":".join(names))
os.environ["LISTEN_PID"] = str(os.getpid())
os.execv(sys.executable, [sys.executable, "-m", "camserve", "run", *sys.argv[2:]])
"""


def words(sockets: str, data_dir: Path, *options: str) -> list[str]:
    return [sys.executable, "-c", MANAGER, sockets, "--data-dir", str(data_dir), *options]


def opened(program: Program, count: int) -> list[tuple[str, str, int]]:
    """Name, address and port of each socket, in order."""
    program.err.wait_for(rf"(opened .*\n){{{count}}}")
    found = re.findall(r"^opened (\w+) (\S+) (\d+)$", program.err.text, re.M)
    return [(name, host, int(port)) for name, host, port in found]


def test_it_serves_on_all_of_them(tmp_path: Path) -> None:
    ((camera_id, token),) = register(tmp_path / "data", "front")
    sockets = "http=127.0.0.1 ingest=127.0.0.1 http=127.0.0.2 ingest=127.0.0.2"
    with running(words(sockets, tmp_path / "data"), env=environment()) as program:
        web, cameras, web_2, cameras_2 = opened(program, 4)
        server = ready(program)
        assert (server.http_port, server.ingest_port) == (web[2], cameras[2])
        for _, host, port in (web, web_2):
            assert get(f"http://{host}:{port}/hello")[0] == 200
        for _, host, port in (cameras, cameras_2):
            url = f"ws://{host}:{port}"
            with running(camclient(url, camera_id, token, "--source", "test")) as client:
                client.err.wait_for("connected")
                eventually(lambda: states(server) == ["online"])
        assert program.stop() == 0


def test_what_it_does_not_get_it_opens_itself(tmp_path: Path) -> None:
    with running(words("http=127.0.0.1", tmp_path, "--ingest-port", "0")) as program:
        (web,) = opened(program, 1)
        server = ready(program)
        assert server.http_port == web[2]
        with socket.create_connection(("127.0.0.1", server.ingest_port)):
            pass


def test_the_widest_address_is_the_one_that_is_told(tmp_path: Path) -> None:
    sockets = "http=127.0.0.1 http=0.0.0.0 ingest=127.0.0.1"
    with running(words(sockets, tmp_path)) as program:
        everywhere = opened(program, 3)[1]
        server = ready(program)
        assert server.http_port == everywhere[2]
        program.err.wait_for("no viewer password is set")
        told = json.loads((tmp_path / "server.json").read_text())
        assert told["watch"].endswith(f":{everywhere[2]}/")


@pytest.mark.parametrize(
    ("name", "reason"), [("web", "called 'web'; expected http or ingest"), ("", "called ''")]
)
def test_a_socket_without_a_name_that_it_knows(tmp_path: Path, name: str, reason: str) -> None:
    with running(words(f"{name}=127.0.0.1", tmp_path, "--port", "0")) as program:
        assert program.wait() == 1
    assert reason in program.err.text
    assert program.err.text.splitlines()[-1].startswith("camserve: ")


def test_connections_wait_while_it_starts_anew(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as kept:
        port = kept.getsockname()[1]
        variables = environment(LISTEN_FDS="1", LISTEN_FDNAMES="http")
        script = 'export LISTEN_PID=$$; exec 3<&"$0"; exec "$@"'
        serve = python("camserve", "run", "--data-dir", tmp_path, "--ingest-port", "0")
        for _ in range(2):
            with subprocess.Popen(
                ["bash", "-c", script, str(kept.fileno()), *serve],
                env=variables,
                pass_fds=[kept.fileno()],
                stdout=subprocess.PIPE,
            ) as process:
                # Before it listens at all.
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as viewer:
                    viewer.sendall(b"GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                    assert viewer.recv(100).startswith(b"HTTP/1.1 200")
                process.terminate()
                assert process.wait(PATIENCE) == 0


ACTIVATE = shutil.which("systemd-socket-activate")


@pytest.mark.skipif(ACTIVATE is None, reason="needs Debian's systemd")
def test_systemds_own_program_starts_it_with_the_first_viewer(tmp_path: Path) -> None:
    assert ACTIVATE
    ports = []
    for _ in range(2):
        with socket.create_server(("127.0.0.1", 0)) as free:
            ports.append(free.getsockname()[1])
    activate = [ACTIVATE, "--fdname=http:ingest"]
    activate += [f"--listen=127.0.0.1:{port}" for port in ports]
    activate += [f"--setenv={name}" for name in ("PYTHONPATH", "NO_PROXY")]
    env = environment()
    with running([*activate, *python("camserve", "run", "--data-dir", tmp_path)], env=env) as one:
        one.err.wait_for(rf"Listening on 127.0.0.1:{ports[1]}")
        assert get(f"http://127.0.0.1:{ports[0]}/hello")[0] == 200
        server = ready(one)
        assert (server.http_port, server.ingest_port) == tuple(ports)
        assert one.stop() == 0
    assert os.path.exists(tmp_path / "camserve.sqlite3")
