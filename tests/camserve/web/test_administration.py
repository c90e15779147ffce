"""What only an admin may do with cameras."""

import shlex

import pytest
import trio

from tests.camserve.web.admin import admin, content, message, send_json
from tests.camserve.web.http_viewer import TIMEOUT, described, fetch, http_viewer, until
from tests.serving import RunningServer, jpeg

FIELDS = [
    ({"name": ""}, "Invalid name: expected 1 to 100 characters, not an empty one"),
    ({"name": "x" * 101}, "Invalid name: expected 1 to 100 characters, not 101"),
    ({"name": "a\nb"}, "Invalid name: expected text without control characters or line breaks"),
    ({"name": "\ud800"}, "Invalid name: expected text without control characters or line breaks"),
    ({"name": 5}, "Invalid name: expected text"),
    ({"name": None}, "Invalid name: expected text"),
    ({"description": "x" * 1001}, "Invalid description: expected at most 1000 characters"),
    ({"description": ["x"]}, "Invalid description: expected text"),
    ({"movable": "yes"}, "Invalid movable: expected true or false"),
    ({"movable": 1}, "Invalid movable: expected true or false"),
    ({"movable": None}, "Invalid movable: expected true or false"),
]


async def cameras(server: RunningServer) -> bytes:
    return (await fetch(server, "/cameras")).body


async def test_add(server: RunningServer) -> None:
    answer = await admin(server, "POST", "/cameras", {"name": " front door "})
    camera = server.registry.get(3)
    token = server.token(camera)
    assert answer.status == 201
    assert answer.head["location"] == "cameras/3"
    assert content(answer) == {
        "id": 3,
        "name": "front door",
        "token": token,
        "command": f"camclient --server ws://127.0.0.1:{server.ingest_port} --camera-id 3 "
        f"--token {token}",
    }
    assert (camera.description, camera.movable, camera.allow_open_upload) == ("", False, False)


async def test_add_with_everything(server: RunningServer) -> None:
    fields = {"name": "Tür 🚪", "description": "two\nlines", "movable": True, "colour": "red"}
    assert (await admin(server, "POST", "/cameras", fields)).status == 201
    camera = server.registry.get(3)
    assert (camera.name, camera.description) == ("Tür 🚪", "two\nlines")
    assert camera.movable


async def test_the_new_camera_can_push_with_the_command_at_once(server: RunningServer) -> None:
    added = content(await admin(server, "POST", "/cameras", {"name": "new"}))
    words = shlex.split(str(added["command"]))
    assert words[words.index("--token") + 1] == added["token"]
    camera = server.registry.get(3)
    async with server.publisher(camera, token=str(added["token"])) as publisher:
        await publisher.send(jpeg())
        await until(server, lambda camera: camera["state"] == "online", 3)


@pytest.mark.parametrize(
    ("body", "told"), [*FIELDS, ({}, "Missing name: expected text")], ids=lambda value: ""
)
async def test_a_field_that_is_wrong_is_named(
    server: RunningServer, body: dict[str, object], told: str
) -> None:
    # "name" is what comes first in whatever is wrong with it.
    answer = await admin(server, "POST", "/cameras", {**({"name": "new"} if body else {}), **body})
    assert answer.status == 400
    assert message(answer).startswith(told)
    assert len(server.registry.cameras()) == 2


async def test_a_name_that_is_taken(server: RunningServer) -> None:
    for method, target in [("POST", "/cameras"), ("PATCH", "/cameras/1")]:
        answer = await admin(server, method, target, {"name": "camera 2 "})
        assert answer.status == 409
        assert message(answer) == 'Invalid name: the name "camera 2" is taken by camera 2'


async def test_change(server: RunningServer) -> None:
    answer = await admin(server, "PATCH", "/cameras/1", {"description": "at the back"})
    assert answer.status == 200
    assert content(answer) == await described(server)
    assert content(answer)["description"] == "at the back"
    assert content(answer)["name"] == "camera 1"
    answer = await admin(server, "PATCH", "/cameras/1", {"name": "back", "movable": False})
    assert (content(answer)["name"], content(answer)["controls"]) == ("back", [])
    assert content(answer)["description"] == "at the back"
    answer = await admin(server, "PATCH", "/cameras/1", {"description": "", "movable": True})
    assert (content(answer)["description"], content(answer)["controls"]) == ("", ["move"])
    assert content(await admin(server, "PATCH", "/cameras/1", {})) == content(answer)
    # Its own name is not taken by another one.
    assert (await admin(server, "PATCH", "/cameras/1", {"name": "back"})).status == 200


@pytest.mark.parametrize(("body", "told"), FIELDS, ids=lambda value: "")
async def test_nothing_is_changed_when_one_field_is_wrong(
    server: RunningServer, body: dict[str, object], told: str
) -> None:
    before = await cameras(server)
    right = {"name": "new", "description": "new", "movable": False}
    answer = await admin(server, "PATCH", "/cameras/1", {**right, **body})
    assert answer.status == 400
    assert message(answer).startswith(told)
    assert await cameras(server) == before


async def test_remove_cuts_the_camera_off(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(jpeg())
        await until(server, lambda camera: camera["state"] == "online")
        async with http_viewer(server) as viewer:
            answer = await send_json(viewer, "DELETE", "/cameras/1")
            assert answer.status == 204
            assert "content-length" not in answer.head
            assert "content-type" not in answer.head
            assert (await viewer.answer("/cameras/1")).status == 404
        with trio.fail_after(TIMEOUT):
            assert await publisher.closed() == (1008, "No camera with id 1 exists")
    assert (await admin(server, "DELETE", "/cameras/1")).status == 404


async def test_a_rotated_token_cuts_the_camera_off(server: RunningServer) -> None:
    old = server.token(server.cameras[0])
    async with server.publisher(server.cameras[0]) as publisher:
        await until(server, lambda camera: camera["state"] == "stale")
        answer = await admin(server, "POST", "/cameras/1/token")
        with trio.fail_after(TIMEOUT):
            assert await publisher.closed() == (1008, "Invalid token")
    assert answer.status == 200
    assert set(content(answer)) == {"token"}
    assert content(answer)["token"] == server.token(server.registry.get(1)) != old
    async with server.publisher(server.cameras[0], token=old) as publisher:
        assert await publisher.closed() == (1008, "Invalid token")
