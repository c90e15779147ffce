"""What really comes is what the OpenAPI document says, to the last field."""

import json

import jsonschema_rs
import pytest

from tests.camserve.web.admin import BEARER, send_json
from tests.camserve.web.description import Description
from tests.camserve.web.http_viewer import Answer, fetch, http_viewer
from tests.camserve.web.online_camera import drawn, online
from tests.serving import RunningServer

#: What is asked of a server with one camera that is online and watched, and one that never was.
GETS = [
    "/hello",
    "/camera/hello",
    "/list",
    "/list?preview=0",
    "/cameras",
    "/cameras/1",
    "/cameras/2",
    "/cameras/9",
    "/cameras/x/snapshot.jpg",
    "/cameras/1/snapshot.jpg",
    "/cameras/1/snapshot.jpg?width=100",
    "/cameras/1/snapshot.jpg?width=x",
    "/cameras/1/snapshot.jpg?max_age=0&wait=0",
    "/cameras/2/snapshot.jpg",
    "/get-image?cameraId=1",
    "/get-image?cameraId=2",
    "/get-image",
    "/stream-image?cameraId=9",
    "/cameras/9/stream.mjpg",
    "/cameras/1/events?fps=-1",
    "/image",
    "/mocked-image",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/",
    "/?action=snapshot",
    "/?action=command",
    "/login",
    "/login?code=x",
    "/static/style.css",
    "/static/nothing",
]
#: Method, target, body, status.
CHANGES = [
    ("POST", "/cameras/1/move", {"x": 0.5, "y": -1}, 202),
    ("POST", "/cameras/1/move", {"x": 2, "y": -1}, 400),
    ("POST", "/cameras/2/move", {"x": 0, "y": 0}, 409),
    ("POST", "/update?cameraId=1", None, 200),
    ("POST", "/update", None, 400),
    ("POST", "/cameras", {"name": "new", "description": "three", "movable": True}, 201),
    ("POST", "/cameras", {"name": "camera 1"}, 409),
    ("POST", "/cameras", {}, 400),
    ("PATCH", "/cameras/1", {"description": "new"}, 200),
    ("PATCH", "/cameras/9", {"description": "new"}, 404),
    ("POST", "/cameras/1/share", {"seconds": 60}, 201),
    ("POST", "/cameras/1/share", {"seconds": "60"}, 400),
    ("POST", "/cameras/2/token", None, 200),
    ("DELETE", "/cameras/2", None, 204),
    ("DELETE", "/cameras/2", None, 404),
    ("POST", "/logout", None, 303),
]


async def test_what_viewers_get(server: RunningServer, description: Description) -> None:
    async with online(server, drawn()), http_viewer(server) as viewer:
        await viewer.ask("/cameras/1/stream.mjpg?fps=5&width=320")
        await viewer.picture()
        answers = {target: await fetch(server, target) for target in GETS}
    for target, answer in answers.items():
        description.check("GET", target, answer)
    assert len(json.loads(answers["/cameras/1"].body)["streams"]) == 1
    assert {answer.status for answer in answers.values()} >= {200, 400, 401, 404, 503, 504}


async def test_what_admins_get(server: RunningServer, description: Description) -> None:
    async with online(server, drawn()), http_viewer(server) as viewer:
        for method, target, body, status in CHANGES:
            answer = await send_json(viewer, method, target, body)
            assert answer.status == status, target
            description.check(method, target, answer)
        answer = await send_json(viewer, "POST", "/cameras", b"", content_type="text/plain")
        assert answer.status == 415
        description.check("POST", "/cameras", answer)


async def test_what_strangers_get(server: RunningServer, description: Description) -> None:
    async with http_viewer(server) as viewer:
        for method, target, body, _ in CHANGES[5:-1]:
            answer = await send_json(viewer, method, target, body, authorization=None)
            assert answer.status == 403
            description.check(method, target, answer)
        answer = await send_json(viewer, "DELETE", "/cameras/1", authorization="Bearer wrong")
        assert answer.status == 401
        description.check("DELETE", "/cameras/1", answer)


async def test_the_state_of_the_server(server: RunningServer, description: Description) -> None:
    async with online(server, drawn()):
        answer = await fetch(server, "/status", Authorization=BEARER)
    assert answer.status == 200
    description.check("GET", "/status", answer)


async def test_an_answer_that_is_not_as_described_is_noticed(
    server: RunningServer, description: Description
) -> None:
    right = await fetch(server, "/cameras/1")
    camera = json.loads(right.body)
    description.check("GET", "/cameras/1", right)
    wrong = [
        {**camera, "new": 1},
        {**camera, "state": "asleep"},
        {**camera, "last_active": "yesterday"},
        {name: value for name, value in camera.items() if name != "fps"},
        {**camera, "streams": [{"kind": "mjpeg"}]},
    ]
    for value in wrong:
        with pytest.raises(jsonschema_rs.ValidationError):
            description.check("GET", "/cameras/1", Answer(right.head, json.dumps(value).encode()))
    with pytest.raises(AssertionError, match="is not in camserve/web/openapi"):
        description.check("GET", "/nothing", right)
    right.head.status = 418
    with pytest.raises(AssertionError, match="418 is not in camserve/web/openapi"):
        description.check("GET", "/cameras/1", right)
