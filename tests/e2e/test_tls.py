"""TLS as docs/how_to_guides/tls.md has it, with the clients that people use."""

import json
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.sync.client import connect

from tests.e2e.clients import (
    curl,
    multipart_pictures,
    needs_curl,
    needs_ffmpeg,
    socket_pictures,
)
from tests.e2e.guides.snippets import snippets
from tests.processes import (
    PATIENCE,
    ROOT,
    RealServer,
    camclient,
    environment,
    eventually,
    real_server,
    register,
    run,
    running,
)

GUIDE = ROOT / "docs/how_to_guides/tls.md"


@dataclass(frozen=True)
class Secure:
    """A server with TLS and one camera that comes in by it."""

    server: RealServer
    ca_file: Path
    camera: tuple[int, str]

    @property
    def context(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.ca_file))


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secure]:
    folder = tmp_path_factory.mktemp("tls")
    for snippet in snippets(GUIDE):
        if snippet.kind == "run":
            subprocess.run(
                ["bash", "-ec", snippet.text], cwd=folder, check=True, capture_output=True
            )
    data_dir = folder / "data"
    ((camera_id, token),) = register(data_dir, "front door")
    files = ("--certfile", str(folder / "server.pem"), "--keyfile", str(folder / "server.key"))
    with real_server(data_dir, *files) as server:
        found = Secure(server, folder / "ca.pem", (camera_id, token))
        words = camclient(server.ingest, camera_id, token, "--source", "test")
        with running([*words, "--ca-file", str(found.ca_file)]) as camera:
            camera.err.wait_for(": connected")
            snapshot = server.url("/cameras/1/snapshot.jpg")
            eventually(lambda: fetched(found, snapshot).startswith(b"\xff\xd8\xff"))
            yield found


def fetched(secure: Secure, *words: str) -> bytes:
    command = ["curl", "-sS", "--cacert", str(secure.ca_file), "--max-time", "10", *words]
    return subprocess.run(command, env=environment(), capture_output=True, check=False).stdout


@needs_curl
def test_one_connection_for_more_than_one_request(secure: Secure) -> None:
    url = secure.server.url("/cameras")
    twice = ("-o", "/dev/null", "-o", "/dev/null", url, url)
    said = fetched(secure, "-w", "%{http_version} %{num_connects}\n", *twice)
    assert said == b"1.1 1\n1.1 0\n"
    assert fetched(secure, "-I", secure.server.url("/cameras/1/stream.mjpg")).startswith(
        b"HTTP/1.1 200"
    )


@needs_curl
def test_a_stream_with_curl(secure: Secure) -> None:
    with curl("--cacert", str(secure.ca_file), secure.server.url("/cameras/1/stream.mjpg")) as out:
        pictures = multipart_pictures(out)
        assert [next(pictures)[:3] for _ in range(3)] == [b"\xff\xd8\xff"] * 3


@needs_curl
def test_plain_http_is_told(secure: Secure) -> None:
    url = secure.server.url("/").replace("https:", "http:")
    answer = fetched(secure, "-w", "%{http_code}", url)
    assert b"speaks HTTPS only" in answer
    assert answer.endswith(b"400")


@needs_ffmpeg
def test_a_stream_with_ffmpeg(secure: Secure) -> None:
    url = secure.server.url("/cameras/1/stream.mjpg")
    words = ["ffmpeg", "-v", "error", "-tls_verify", "0", "-f", "mpjpeg", "-i", url]
    done = run([*words, "-frames:v", "3", "-f", "null", "-"])
    assert done.returncode == 0, done.stderr


def test_websockets(secure: Secure) -> None:
    with connect(secure.server.ws("/live"), ssl=secure.context) as socket:
        socket.send(json.dumps({"op": "watch", "camera": 1}))
        messages = [socket.recv(timeout=PATIENCE) for _ in range(3)]
        assert any(isinstance(message, bytes) for message in messages)
    with connect(secure.server.ws("/video-output-stream"), ssl=secure.context) as socket:
        info = json.dumps({"token": "", "cameraId": 1}).encode()
        socket.send(len(info).to_bytes(4, "little") + info)
        assert next(socket_pictures(socket)).startswith(b"\xff\xd8\xff")


def refusal(secure: Secure, url: str, *options: str) -> str:
    """Why camclient does not come in."""
    words = camclient(url, *secure.camera, "--source", "test", *options)
    with running(words) as camera:
        return camera.err.wait_for(r"WARNING .*")[0]


def test_a_camera_without_the_authority_says_what_is_missing(secure: Secure) -> None:
    said = refusal(secure, secure.server.ingest)
    assert "its certificate is not accepted: unable to get local issuer certificate" in said
    assert "--ca-file" in said


def test_a_camera_that_does_not_know_of_tls_is_told(secure: Secure) -> None:
    said = refusal(secure, secure.server.ingest.replace("wss:", "ws:"))
    assert "the server wants TLS: wss:// instead of ws://" in said


def test_the_wrong_file(secure: Secure, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("hello")
    words = camclient(secure.server.ingest, *secure.camera, "--source", "test")
    done = run([*words, "--ca-file", str(tmp_path / "ca.pem")])
    assert done.returncode == 2
    said = f"camclient: {tmp_path}/ca.pem holds no certificate in PEM format (see --ca-file)\n"
    assert done.stderr == said


def test_the_doctor(secure: Secure) -> None:
    words = camclient(secure.server.ingest, *secure.camera, "--source", "test")
    words.insert(words.index("camclient") + 1, "doctor")
    bad = run(words)
    assert bad.returncode == 1
    assert "name its certificate: --ca-file" in bad.stdout
    good = run([*words, "--ca-file", str(secure.ca_file)])
    assert good.returncode == 0, good.stdout
    assert "wss://" in good.stdout
