"""What all routes have in common: errors as JSON, other origins, HEAD."""

import json

import pytest
from quart import Quart

from tests.camserve.web.http_viewer import fetch, http_viewer, until
from tests.serving import RunningServer, jpeg

OLD = [
    "hello",
    "list",
    "mocked-image",
    "image",
    "get-image",
    "stream-image",
    "update",
    "update-image",
]
POSTED = {"update", "update-image"}


@pytest.mark.parametrize("prefix", ["/", "/camera/"])
async def test_old_routes_answer_to_every_origin(server: RunningServer, prefix: str) -> None:
    # Front ends of the old server are served from elsewhere. Errors and the 503 as well, or a page
    # could not read what they say.
    for name in OLD:
        for method in ("GET", "POST", "OPTIONS", "HEAD"):
            answer = await fetch(server, prefix + name, method=method, Origin="http://elsewhere")
            assert answer.head["access-control-allow-origin"] == "*", (name, method)
    answer = await fetch(server, f"{prefix}get-image?cameraId=1")
    assert answer.status == 503
    assert answer.head["access-control-allow-origin"] == "*"


@pytest.mark.parametrize("name", OLD)
async def test_a_preflight_is_answered(server: RunningServer, name: str) -> None:
    method = "POST" if name in POSTED else "GET"
    answer = await fetch(
        server,
        f"/camera/{name}",
        method="OPTIONS",
        Origin="http://elsewhere",
        Access_Control_Request_Method=method,
        Access_Control_Request_Headers="authorization, x-anything",
    )
    assert answer.status == 200
    assert answer.body == b""
    assert method in answer.head["access-control-allow-methods"].split(", ")
    allowed = answer.head["access-control-allow-headers"].lower().split(", ")
    assert {"*", "authorization"} <= set(allowed)


async def test_new_routes_do_not(server: RunningServer) -> None:
    for target in ("/cameras", "/cameras/1/snapshot.jpg", "/", "/healthz", "/nowhere"):
        assert "access-control-allow-origin" not in (await fetch(server, target)).head


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [
        ("GET", "/nowhere", 404),
        ("GET", "/camera/nowhere", 404),
        ("GET", "/static/nowhere.js", 404),
        ("GET", "/static/%2e%2e/app.py", 404),
        ("GET", "/static/" + "n" * 256, 404),
        ("GET", "/static/" + "%C3%A4" * 128, 404),
        ("GET", "/static/" + "n/" * 3000, 404),
        ("GET", "/video-output-stream", 404),
        ("GET", "*", 404),
        ("POST", "/list", 405),
        ("DELETE", "/hello", 405),
        ("GET", "/update-image", 405),
        ("BREW", "/hello", 405),
    ],
)
async def test_errors_are_json(
    server: RunningServer, method: str, target: str, status: int
) -> None:
    answer = await fetch(server, target, method=method)
    assert answer.status == status
    assert answer.head["content-type"] == "application/json"
    message = json.loads(answer.body)
    assert list(message) == ["message"]
    assert message["message"]
    assert ("allow" in answer.head) == (status == 405)


async def test_a_handler_that_fails_leaves_the_server_up(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr("camserve.web.listing.site", fail)
    answer = await fetch(server, "/camera/list")
    assert answer.status == 500
    assert list(json.loads(answer.body)) == ["message"]
    assert b"bug" not in answer.body
    assert answer.head["access-control-allow-origin"] == "*"
    assert "a bug" in caplog.text
    assert (await fetch(server, "/hello")).status == 200


@pytest.mark.parametrize(
    ("target", "status"),
    [
        *[(f"/{name}", 200) for name in ("hello", "list", "mocked-image", "cameras", "healthz")],
        ("/", 200),
        ("/cameras/1", 200),
        ("/get-image?cameraId=1", 200),
        ("/cameras/1/snapshot.jpg", 200),
        ("/stream-image?cameraId=1", 200),
        ("/cameras/1/stream.mjpg", 200),
        ("/cameras/2/stream.mjpg", 200),
        ("/stream-image?cameraId=9", 400),
        ("/cameras/9/stream.mjpg", 404),
        ("/image", 503),
    ],
)
async def test_head_answers_with_the_headers_and_starts_no_stream(
    server: RunningServer, target: str, status: int
) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg())
        await until(server, lambda camera: camera["state"] == "online")
        async with http_viewer(server) as viewer:
            head = await viewer.ask(target, method="HEAD")
            assert head.status == status
            # No byte of a body came: the connection's next answer begins here.
            assert (await viewer.ask("/hello")).status == 200
        if target.startswith("/cameras/2"):
            return  # It has no picture: GET would wait, and then be a 503.
        async with http_viewer(server) as viewer:
            got = await viewer.ask(target)
            if "content-length" in got:
                await viewer.read(int(got["content-length"]))
        same = ("content-type", "cache-control", "content-length", "transfer-encoding")
        assert [name in head and head[name] for name in same] == [
            name in got and got[name] for name in same
        ]


async def test_an_answer_has_two_minutes_to_be_read(
    server: RunningServer, apps: list[Quart]
) -> None:
    # Without an end, strangers who read slowly would each keep a picture in our memory.
    assert apps[0].config["RESPONSE_TIMEOUT"] == 120
