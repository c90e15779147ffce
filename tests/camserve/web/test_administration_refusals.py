"""What only an admin may do with cameras, asked by others, in vain, or without a database."""

import sqlite3
from contextlib import closing

import pytest

from camserve.web import administration
from tests.camserve.web.admin import admin, message, send_json
from tests.camserve.web.http_viewer import Answer, fetch, http_viewer
from tests.serving import RunningServer

ROUTES = [
    ("POST", "/cameras", {"name": "new"}),
    ("PATCH", "/cameras/1", {"name": "new"}),
    ("DELETE", "/cameras/1", None),
    ("POST", "/cameras/1/token", None),
    ("POST", "/cameras/1/share", {"seconds": 60}),
]


async def cameras(server: RunningServer) -> bytes:
    return (await fetch(server, "/cameras")).body


async def unknown(server: RunningServer, camera_id: str) -> list[Answer]:
    return [
        await admin(server, "PATCH", f"/cameras/{camera_id}", {"name": "new"}),
        await admin(server, "DELETE", f"/cameras/{camera_id}"),
        await admin(server, "POST", f"/cameras/{camera_id}/token"),
        await admin(server, "POST", f"/cameras/{camera_id}/share", {"seconds": 60}),
    ]


@pytest.mark.parametrize("camera_id", ["3", "0", "-1", "x", "1.0", "99999999999999999999"])
async def test_an_unknown_camera(server: RunningServer, camera_id: str) -> None:
    for answer in await unknown(server, camera_id):
        assert answer.status == 404
        assert message(answer) == f"No camera with id {camera_id}"


async def test_what_another_process_just_added_is_known(server: RunningServer) -> None:
    camera = server.registry.add("from the shell")
    answer = await admin(server, "PATCH", f"/cameras/{camera.id}", {"description": "at once"})
    assert answer.status == 200


@pytest.mark.parametrize(("method", "target", "body"), ROUTES)
@pytest.mark.parametrize("authorization", [None, "Bearer wrong"])
async def test_for_admins_only(
    server: RunningServer, method: str, target: str, body: object, authorization: str | None
) -> None:
    before = await cameras(server)
    async with http_viewer(server) as viewer:
        answer = await send_json(viewer, method, target, body, authorization=authorization)
        assert answer.status in {401, 403}
        # Who is no admin does not learn which cameras there are, nor what is wrong with a body.
        wrong = target.replace("/1", "/9")
        other = await send_json(viewer, method, wrong, b"no JSON", authorization=authorization)
        assert (other.status, other.body) == (answer.status, answer.body)
    assert await cameras(server) == before
    assert server.registry.get(1).token_generation == 1


@pytest.mark.parametrize(("method", "target", "body"), [one for one in ROUTES if one[2]])
async def test_no_form_of_another_page_is_taken(
    server: RunningServer, method: str, target: str, body: object
) -> None:
    async with http_viewer(server) as viewer:
        for content_type in ("text/plain", "application/x-www-form-urlencoded", ""):
            answer = await send_json(viewer, method, target, body, content_type=content_type)
            assert answer.status == 415
        for data in (b"", b"[]", b'"name"', b'{"name": NaN}', b"\xff", b"[" * 100_000):
            assert (await send_json(viewer, method, target, data)).status in {400, 413}


@pytest.mark.parametrize(("method", "target", "body"), ROUTES[:4])
async def test_the_database_is_gone(
    server: RunningServer,
    method: str,
    target: str,
    body: object,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (server.config.data_dir / "camserve.sqlite3").unlink()
    answer = await admin(server, method, target, body)
    assert answer.status == 503
    assert answer.head["retry-after"] == "2"
    # Where the database is, is for whoever reads the log.
    assert message(answer) == "The database cannot be used now"
    assert f"a camera could not be changed: cannot use the database {server.config.data_dir}" in (
        caplog.text
    )
    assert (await fetch(server, "/cameras/1")).status == 200


async def test_the_database_does_not_answer(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(administration, "DATABASE_TIMEOUT", 0.1)
    file = server.config.data_dir / "camserve.sqlite3"
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = await admin(server, "POST", "/cameras", {"name": "new"})
        other.execute("ROLLBACK")
    assert answer.status == 503
    assert "does not answer" in message(answer)
