"""What the registry says is obeyed, and the log says what it was and who did it."""

import logging
from dataclasses import replace
from pathlib import Path

import pytest
import trio

from camserve.changes import description
from camserve.registry import Camera
from tests.camserve.web.admin import admin
from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.http_viewer import TIMEOUT, fetch
from tests.serving import running_server

BEFORE = Camera(1, "front", "", False, False, 1, None)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, BEFORE, "camera 1 (front) was added"),
        (BEFORE, None, "camera 1 (front) was removed"),
        (
            BEFORE,
            replace(BEFORE, token_generation=2),
            "camera 1 (front) has a new token, and the older ones are worthless",
        ),
        (BEFORE, replace(BEFORE, name="back"), "camera 1 (back) was called front before"),
        (
            BEFORE,
            replace(BEFORE, description="x", movable=True),
            "camera 1 (front) has another description, can be moved",
        ),
        (replace(BEFORE, movable=True), BEFORE, "camera 1 (front) can no longer be moved"),
        (BEFORE, replace(BEFORE, allow_open_upload=True), "camera 1 (front) was changed"),
    ],
)
def test_what_happened_in_words(before: Camera | None, after: Camera | None, said: str) -> None:
    assert description(before, after) == said


async def test_the_log_says_what_an_admin_did_and_from_where(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with running_server(tmp_path, admin_token=ADMIN_TOKEN) as server:
        assert (await admin(server, "POST", "/cameras", {"name": "gate"})).status == 201
        assert (await admin(server, "DELETE", "/cameras/2")).status == 204
        added = server.registry.add("from the shell")
        with trio.fail_after(TIMEOUT):
            while added.name.encode() not in (await fetch(server, "/cameras")).body:
                pass
    assert f"camera {added.id} (from the shell) was added" in caplog.messages
    assert "camera 2 (gate) was added" in caplog.messages
    assert "an admin at 127.0.0.1: POST /cameras" in caplog.messages
    assert "camera 2 (gate) was removed" in caplog.messages
    assert "an admin at 127.0.0.1: DELETE /cameras/2" in caplog.messages
    assert ADMIN_TOKEN not in caplog.text
