"""camserve behind the real nginx and Caddy, as the guides configure them: all of it works there."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Origin

from tests.certificates import Authority, authority
from tests.e2e.clients import states
from tests.e2e.front import Front, caddy, nginx, shown
from tests.processes import PATIENCE, camclient, eventually, real_server, register, running

__all__ = ["authority"]

PASSWORD = "open sesame"
FRESH = 1.0  # seconds; a frame takes some milliseconds, and this machine may be busy
Proxy = Callable[..., AbstractContextManager[Front]]


@dataclass(frozen=True)
class Case:
    """One way to put camserve behind a proxy."""

    proxy: Proxy
    site: str
    prefix: str = ""
    options: tuple[str, ...] = ()


def passing_on(site: str) -> str:
    """The configuration of a prefix, changed as the guides say for proxies that leave it there."""
    changed = site.replace("handle_path", "handle").replace("127.0.0.1:8000/;", "127.0.0.1:8000;")
    return re.sub(r".*X-Forwarded-Prefix.*\n", "", changed)


ROOT_PATH = ("--root-path", "/cams")
CASES = {
    "nginx": Case(nginx, shown("nginx", 0)),
    "nginx, prefix": Case(nginx, shown("nginx", 1), "/cams"),
    "nginx, prefix passed on": Case(nginx, passing_on(shown("nginx", 1)), "/cams", ROOT_PATH),
    "caddy": Case(caddy, shown("caddy", 0)),
    "caddy, prefix": Case(caddy, shown("caddy", 1), "/cams"),
    "caddy, prefix passed on": Case(caddy, passing_on(shown("caddy", 1)), "/cams", ROOT_PATH),
    "caddy, own authority": Case(caddy, shown("caddy", 2)),
}


@contextmanager
def fronted(case: Case, authority: Authority, **variables: str) -> Iterator[Front]:
    """A server behind the proxy, and a real camera that comes in through the proxy."""
    data_dir = authority.directory / "data"
    ((camera_id, token),) = register(data_dir, "front door")
    with ExitStack() as stack:
        server = stack.enter_context(real_server(data_dir, *case.options, **variables))
        front = stack.enter_context(case.proxy(case.site, server, authority, prefix=case.prefix))
        words = camclient(front.ws("/video-input-stream"), camera_id, token, "--source", "test")
        camera = stack.enter_context(running([*words, "--ca-file", str(front.ca_file)]))
        camera.err.wait_for(": connected")
        if not variables:
            eventually(lambda: states(server) == ["online"])
        yield front


@pytest.fixture(params=CASES)
def front(request: pytest.FixtureRequest, authority: Authority) -> Iterator[Front]:
    with fronted(CASES[request.param], authority) as running_front:
        yield running_front


def test_all_that_viewers_use(front: Front) -> None:
    with httpx.Client(verify=front.context, timeout=PATIENCE, trust_env=False) as client:
        see_the_page(front, client)
        see_streams(front, client)
    see_live(front)


def see_the_page(front: Front, client: httpx.Client) -> None:
    bare = client.get(front.url(""), follow_redirects=True)
    assert bare.status_code == 200
    assert bare.url.path == f"{front.prefix}/", "without the slash, relative links go astray"
    page = client.get(front.url("/"))
    assert page.status_code == 200
    assets = set(re.findall(r'(?:href|src)="(static/[^"]+)"', page.text))
    assert len(assets) > 3
    for asset in assets:
        assert client.get(front.url(f"/{asset}")).status_code == 200
    assert [camera["name"] for camera in client.get(front.url("/cameras")).json()] == ["front door"]
    assert client.get(front.url("/cameras/1/snapshot.jpg")).content[:3] == b"\xff\xd8\xff"
    assert client.head(front.url("/cameras/1/stream.mjpg")).status_code == 200


def see_streams(front: Front, client: httpx.Client) -> None:
    """They come picture by picture, not when a buffer is full, and at the camera's pace."""
    ages = list[float]()
    with client.stream("GET", front.url("/cameras/1/stream.mjpg")) as stream:
        assert stream.status_code == 200
        received = b""
        for piece in stream.iter_raw():
            received += piece
            stamps = re.findall(rb"X-Timestamp: ([\d.]+)\r", received)
            if stamps:
                ages.append(time.time() - float(stamps[-1]))
                received = received.rpartition(b"X-Timestamp")[2]
            if len(ages) >= 20:
                break
    assert min(ages[5:]) < FRESH
    with client.stream("GET", front.url("/cameras/1/events")) as stream:
        assert any(line == "event: image-update" for line in stream.iter_lines())


def see_live(front: Front) -> None:
    with connect(front.ws("/live"), ssl=front.context, origin=Origin(front.origin)) as socket:
        socket.send(json.dumps({"op": "watch", "camera": 1}))
        messages = [socket.recv(timeout=PATIENCE) for _ in range(3)]
        assert any(isinstance(message, bytes) for message in messages)
    with pytest.raises(InvalidStatus) as refused:
        connect(front.ws("/live"), ssl=front.context, origin=Origin("https://evil.example"))
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("name", ["nginx, prefix", "caddy, prefix passed on", "caddy"])
def test_logging_in(authority: Authority, name: str) -> None:
    with (
        fronted(CASES[name], authority, CAMSERVE_VIEWER_PASSWORD=PASSWORD) as front,
        httpx.Client(verify=front.context, timeout=PATIENCE, trust_env=False) as client,
    ):
        page = {"Accept": "text/html"}
        asked = client.get(front.url("/"), headers=page, follow_redirects=True)
        assert str(asked.url).startswith(front.url("/login"))
        form = {"password": PASSWORD}
        own = {"Origin": front.origin}
        answer = client.post(front.url("/login"), data=form, headers=own)
        assert answer.status_code == 303
        cookie = answer.headers["Set-Cookie"]
        assert "; Secure" in cookie
        assert f"; Path={front.prefix or '/'}" in cookie
        answer = client.get(front.url("/"), headers=page)
        assert answer.status_code == 200
        assert "login" not in str(answer.url)
        foreign = {"Origin": "https://evil.example"}
        assert client.post(front.url("/logout"), headers=foreign).status_code == 403
