"""`POST /update`, and who is an admin."""

from pathlib import Path

import pytest
import trio

from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.http_viewer import TIMEOUT, Answer, fetch, until
from tests.serving import RunningServer, running_server

UPDATE = b"\x02\x00\x00\x00"
BEARER = f"Bearer {ADMIN_TOKEN}"


async def post(server: RunningServer, target: str = "/update?cameraId=1", **more: str) -> Answer:
    return await fetch(server, target, method="POST", Content_Length="0", **more)


@pytest.mark.parametrize("target", ["/update?cameraId=1", "/camera/update?CAMERAID=1&x=y"])
async def test_the_camera_gets_the_message(server: RunningServer, target: str) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await until(server, lambda camera: camera["state"] == "stale")
        answer = await post(server, target, Authorization=BEARER)
        assert (answer.status, answer.body) == (200, b'{"result": true}')
        assert answer.head["content-type"] == "application/json"
        with trio.fail_after(TIMEOUT):
            assert await publisher.socket.get_message() == UPDATE


async def test_nothing_went_out_to_a_camera_that_is_offline(server: RunningServer) -> None:
    answer = await post(server, Authorization=BEARER)
    assert (answer.status, answer.body) == (200, b'{"result": false}')


@pytest.mark.parametrize("query", ["", "?cameraId=9", "?cameraId=x"])
async def test_no_such_camera(server: RunningServer, query: str) -> None:
    assert (await post(server, "/update" + query, Authorization=BEARER)).status == 400


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Basic {ADMIN_TOKEN}",
        ADMIN_TOKEN,
        "Bearer é",
    ],
)
async def test_a_wrong_token(server: RunningServer, given: str) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await until(server, lambda camera: camera["state"] == "stale")
        answer = await post(server, Authorization=given)
        assert answer.status == 401
        assert answer.head["www-authenticate"].startswith("Bearer")
        assert answer.body.startswith(b'{"message": ')
        with trio.move_on_after(0.05) as waiting:
            await publisher.socket.get_message()
        assert waiting.cancelled_caught


async def test_a_stranger_does_not_learn_which_cameras_there_are(server: RunningServer) -> None:
    assert (await post(server, "/update?cameraId=9")).status == 403


async def test_the_scheme_is_written_in_any_case(server: RunningServer) -> None:
    assert (await post(server, Authorization=f"bearer  {ADMIN_TOKEN}")).status == 200


async def test_without_an_admin_token_nobody_is_admin(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        for token in ("Bearer ", "Bearer None", BEARER):
            answer = await post(server, Authorization=token)
            assert answer.status == 403
            assert answer.body.startswith(b'{"message": ')


async def test_a_token_may_hold_any_letters(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin_token="ключ é") as server:
        assert (await post(server, Authorization="Bearer ключ é")).status == 200
        assert (await post(server, Authorization="Bearer ключ e")).status == 401
