"""No secret is ever logged: no right one, and no wrong one either, which is often half right."""

import re
import socket
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from camserve.registry import load_secret
from camserve.trust import link_token, local_token
from tests.processes import RealServer, camclient, python, real_server, register, run, running

FAR_AWAY = 4_000_000_000.0  # Unix seconds
JPEG = b"\xff\xd8\xff\xe0picture\xff\xd9"
GIVEN = {
    "CAMSERVE_SECRET": "the-secret-of-this-server",
    "CAMSERVE_VIEWER_PASSWORD": "open-sesame-right",
    "CAMSERVE_ADMIN_TOKEN": "admins-right-token",
    "CAMERA_TOKEN_SECRET": "the-older-servers-secret",
}
WRONG = ["open-sesame-wrong", "admins-wrong-token", "1.1.4000000000.wrong-signature", "0" * 64]


class Visitor:
    """Shows all kinds of proofs in all kinds of ways, and notes what must not be seen again.

    Each time from another address and many at a time, as wrong proofs are answered late.
    """

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.secrets: set[str] = set()
        self._numbers = count(1)

    def show(self, words: list[str]) -> None:
        """Show these words wherever one can be shown; whether they are right does not matter."""
        with ThreadPoolExecutor(24) as pool:
            for done in [pool.submit(way) for word in words for way in self._ways(word)]:
                done.result()

    def _ways(self, word: str) -> Iterator[Callable[[], object]]:
        basic = b64encode(f"anybody:{word}".encode()).decode()
        asked = quote(word, safe="")
        self.secrets |= {word, asked, basic}
        yield partial(self._ask, "/cameras", Authorization=f"Basic {basic}")
        for target in ("/cameras/1/snapshot.jpg", "/status", "/metrics", "/nowhere"):
            yield partial(self._ask, target, Authorization=f"Bearer {word}")
        for target in (f"/cameras/1?token={asked}", f"/?token={asked}", f"/login?code={asked}"):
            yield partial(self._ask, target)
        yield partial(self._ask, "/cameras", Cookie=f"camserve_session={word}")
        yield partial(self._submit, word)
        yield partial(self._upload, word)
        for path in ("/live", "/video-output-stream", "/video-input-stream", "/nowhere"):
            yield partial(self._open, f"{path}?token={asked}")
        yield partial(self._open, "/live", word)
        yield partial(self._push, word)
        for port in (self.server.http_port, self.server.ingest_port):
            for request in self._broken(word):
                yield partial(self._send, port, request)

    def _connect(self, port: int) -> socket.socket:
        high, low = divmod(next(self._numbers), 250)
        return socket.create_connection(("127.0.0.1", port), 20, (f"127.0.{high + 1}.{low + 1}", 0))

    def _ask(
        self, target: str, method: str = "GET", body: str = "", **headers: str
    ) -> HTTPResponse:
        connection = HTTPConnection(self.server.host, self.server.http_port)
        connection.sock = self._connect(self.server.http_port)
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, target, body or None, fields)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    def _submit(self, word: str) -> None:
        form = {"Content_Type": "application/x-www-form-urlencoded"}
        answer = self._ask("/login", "POST", urlencode({"password": word}), **form)
        session = re.match(r"camserve_session=([^;]+)", answer.getheader("Set-Cookie") or "")
        if session and session[1] not in self.secrets:
            self.secrets.add(session[1])
            self._ask("/cameras", Cookie=f"camserve_session={session[1]}")

    def _upload(self, word: str) -> None:
        lines = []
        for name, value in (("cameraId", "1"), ("token", word), ("image", "no picture")):
            lines += ["--x", f'Content-Disposition: form-data; name="{name}"', "", value]
        form = "multipart/form-data; boundary=x"
        self._ask("/update-image", "POST", "\r\n".join([*lines, "--x--", ""]), Content_Type=form)

    def _open(self, path: str, bearer: str | None = None) -> None:
        headers = {} if bearer is None else {"Authorization": f"Bearer {bearer}"}
        under = self._connect(self.server.http_port)
        with (
            suppress(InvalidStatus, ConnectionClosed),
            connect(self.server.ws(path), sock=under, additional_headers=headers),
        ):
            pass

    def _push(self, word: str) -> None:
        hello = (1).to_bytes(4, "little") + len(word).to_bytes(4, "little") + word.encode()
        under = self._connect(self.server.ingest_port)
        with suppress(ConnectionClosed), connect(self.server.ingest, sock=under) as publisher:
            publisher.send(hello + len(JPEG).to_bytes(4, "little") + JPEG)
            publisher.send("text ends it")
            publisher.recv(timeout=20)

    def _broken(self, word: str) -> Iterator[bytes]:
        """Requests that are none, with the word where an error may quote it."""
        upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        for text in (
            f"GET /?token={word} HTTP/9.9\r\n\r\n",
            f"GET /cameras HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {word}\x01\r\n\r\n",
            f"GET /cameras HTTP/1.1\r\nHost: x\r\nAuthorization Bearer {word}\r\n\r\n",
            f"GET /live?token={word} HTTP/1.1\r\nHost: x\r\n{upgrade}\r\n",
            f"GET /live HTTP/1.1\r\nHost: x\r\n{upgrade}Sec-WebSocket-Key: {word}\r\n"
            f"Cookie: camserve_session={word}\xff\r\n\r\n",
            f"POST /login HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\npassword={word}",
            f"{word}\r\n\r\n",
        ):
            yield text.encode("latin-1")

    def _send(self, port: int, request: bytes) -> None:
        with suppress(ConnectionError), self._connect(port) as client:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass


def seen(secrets: set[str], said: str) -> set[str]:
    return {secret for secret in secrets if secret in said}


@pytest.mark.parametrize("format", ["text", "json"])
def test_of_visitors_and_cameras(format: str, tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    secret = load_secret(tmp_path, GIVEN["CAMSERVE_SECRET"])
    register(data_dir, "one", "two")
    (data_dir / "secret").unlink()
    options = ("--log-level", "debug", "--log-format", format)
    with real_server(data_dir, *options, **GIVEN) as server:
        visitor = Visitor(server)
        tools = {"CAMSERVE_DATA_DIR": str(data_dir), **GIVEN}
        code = run(python("camserve", "admin-link"), **tools).stdout.strip().partition("code=")[2]
        share = run(python("camserve", "camera", "share", "1", "--for", "2h"), **tools).stdout
        token = run(python("camserve", "camera", "token", "1"), **tools).stdout.strip()
        status = run([*python("camserve", "status"), *options], **tools)
        assert status.returncode == 0, status.stderr
        words = [
            *GIVEN.values(),
            *WRONG,
            code,
            share.strip().partition("token=")[2],
            token,
            link_token(secret, 1, 1, FAR_AWAY),
            local_token(secret, FAR_AWAY),
        ]
        assert all(len(word) > 10 for word in words)
        camera = camclient(server.ingest, 1, token, "--source", "test", *options[:2])
        with running(camera) as program:
            program.err.wait_for("connected")
            visitor.show(words)
            program.stop()
        server.program.stop()
        said = server.program.out.complete() + server.program.err.complete()
    # What was to be seen is there: the test looks at the right place.
    assert "connection of 127.0.0.1" in said
    assert "Invalid token" in said
    assert said.count("; 1 request") > 100
    assert len(visitor.secrets) >= 2 * len(words) + 2  # in Base64, too, and two sessions
    assert seen(visitor.secrets, said + status.stdout + status.stderr) == set()
    assert seen(visitor.secrets, program.err.text) == set()


@pytest.mark.parametrize(("format", "command"), [("text", "run"), ("json", "camera import")])
def test_of_a_database(format: str, command: str, tmp_path: Path) -> None:
    password = "the-databases-password"
    url = f"postgresql://user:{password}@127.0.0.1:9/cameras"
    words = [*command.split(), *([url] if command == "camera import" else [])]
    options = ("--log-level", "debug", "--log-format", format, "--data-dir", tmp_path)
    done = run([*python("camserve", *words), *map(str, options)], CAMSERVE_DATABASE=url)
    assert done.returncode == 1
    assert "127.0.0.1:9" in done.stderr
    assert password not in done.stdout + done.stderr
