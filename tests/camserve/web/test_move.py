"""`POST /cameras/{id}/move`."""

import json

import pytest
import trio

from camserve.wire import MoveReceived
from tests.camserve.web.http_viewer import TIMEOUT, Answer, http_viewer, until
from tests.serving import RunningServer, TestPublisher

TARGET = "/cameras/1/move"
JSON = "application/json"


async def post(
    server: RunningServer, body: bytes, target: str = TARGET, content_type: str = JSON
) -> Answer:
    async with http_viewer(server) as viewer:
        lines = [f"POST {target} HTTP/1.1", "Host: test", f"Content-Length: {len(body)}"]
        lines += [f"Content-Type: {content_type}"] if content_type else []
        await viewer.stream.send_all("\r\n".join([*lines, "", ""]).encode() + body)
        head = await viewer.read_head()
        return Answer(head, await viewer.read(int(head["content-length"])))


def message(answer: Answer) -> str:
    text = json.loads(answer.body)["message"]
    assert isinstance(text, str)
    return text


async def next_move(publisher: TestPublisher) -> object:
    with trio.fail_after(TIMEOUT):
        data = await publisher.socket.get_message()
    assert isinstance(data, bytes)
    return publisher.wire.receive_message(data)


async def connected(server: RunningServer, camera_id: int = 1) -> None:
    await until(server, lambda camera: camera["state"] != "offline", camera_id)


@pytest.mark.parametrize(
    ("body", "move"),
    [
        (b'{"x": 0.5, "y": -0.25}', MoveReceived(0.5, -0.25)),
        (b'{"y": 1, "x": -1, "z": "ignored"}', MoveReceived(-1.0, 1.0)),
        (b'\n{"x":0,"y":-0.0}\n', MoveReceived(0.0, 0.0)),
    ],
)
async def test_the_camera_gets_it(server: RunningServer, body: bytes, move: MoveReceived) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await connected(server)
        answer = await post(server, body)
        assert answer.status == 202
        assert json.loads(answer.body) == {"x": move.x, "y": move.y}
        assert await next_move(publisher) == move


async def test_a_charset_does_no_harm(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]):
        await connected(server)
        answer = await post(server, b'{"x": 0, "y": 0}', content_type=f"{JSON}; charset=utf-8")
        assert answer.status == 202


@pytest.mark.parametrize("name", ["x", "y"])
@pytest.mark.parametrize("value", ["1.01", "-2", "true", '"0"', "null", "[0]", "1e999", "9" * 400])
async def test_a_bad_coordinate(server: RunningServer, name: str, value: str) -> None:
    other = {"x": "y", "y": "x"}[name]
    answer = await post(server, f'{{"{name}": {value}, "{other}": 0}}'.encode())
    assert answer.status == 400
    assert message(answer) == f"Invalid {name}: expected a number from -1 to 1"


async def test_a_missing_coordinate(server: RunningServer) -> None:
    assert message(await post(server, b'{"y": 0}')).startswith("Invalid x: ")
    assert message(await post(server, b'{"x": 0}')).startswith("Invalid y: ")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"x=0&y=0",
        b'{"x": 0, "y": 0',
        b'{"x": NaN, "y": 0}',
        b'{"x": -Infinity, "y": 0}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"x": ' + b"9" * 5000 + b', "y": 0}',
    ],
)
async def test_what_is_not_json(server: RunningServer, body: bytes) -> None:
    answer = await post(server, body)
    assert answer.status == 400
    assert message(answer).startswith("The body is not JSON: ")


@pytest.mark.parametrize("body", [b"[0, 0]", b"0", b'"x"', b"null"])
async def test_what_is_no_object(server: RunningServer, body: bytes) -> None:
    answer = await post(server, body)
    assert answer.status == 400
    assert message(answer) == "Expected a JSON object"


@pytest.mark.parametrize("content_type", ["", "text/plain", "application/x-www-form-urlencoded"])
async def test_another_content_type(server: RunningServer, content_type: str) -> None:
    answer = await post(server, b'{"x": 0, "y": 0}', content_type=content_type)
    assert answer.status == 415
    assert JSON in message(answer)


async def test_a_long_body(server: RunningServer) -> None:
    assert (await post(server, b" " * 70_000)).status == 413


@pytest.mark.parametrize("camera_id", ["3", "x", "-1"])
async def test_an_unknown_camera(server: RunningServer, camera_id: str) -> None:
    answer = await post(server, b"", f"/cameras/{camera_id}/move")
    assert answer.status == 404
    assert message(answer) == f"No camera with id {camera_id}"


async def test_an_offline_camera(server: RunningServer) -> None:
    answer = await post(server, b'{"x": 0, "y": 0}')
    assert answer.status == 409
    assert message(answer) == "Camera 1 is offline"


async def test_a_camera_that_cannot_turn(server: RunningServer) -> None:
    server.registry.change(2, movable=False)
    async with server.publisher(server.cameras[1]):
        await connected(server, 2)
        await until(server, lambda camera: camera["controls"] == [], 2)
        answer = await post(server, b'{"x": 0, "y": 0}', "/cameras/2/move")
        assert answer.status == 409
        assert "movable" in message(answer)


async def test_get_is_not_allowed(server: RunningServer) -> None:
    async with http_viewer(server) as viewer:
        answer = await viewer.answer(TARGET)
    assert answer.status == 405
    assert "POST" in answer.head["allow"]
