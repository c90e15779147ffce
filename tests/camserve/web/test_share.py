"""`POST /cameras/{id}/share`."""

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.camserve.web.admin import admin, content, message
from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.http_viewer import fetch
from tests.serving import RunningServer, running_server


async def test_a_link_shows_one_camera(tmp_path: Path) -> None:
    async with running_server(
        tmp_path, cameras=2, admin_token=ADMIN_TOKEN, viewer_password="secret word"
    ) as server:
        answer = await admin(server, "POST", "/cameras/1/share", {"seconds": 60})
        assert answer.status == 201
        url = urlsplit(str(content(answer)["url"]))
        assert f"{url.scheme}://{url.netloc}{url.path}" == server.url("/")
        assert (await fetch(server, f"/cameras/1?{url.query}")).status == 200
        assert (await fetch(server, f"/cameras/2?{url.query}")).status == 403
        # A new token of the camera ends its links; one that is made at once is for the new token.
        server.registry.rotate(1)
        answer = await admin(server, "POST", "/cameras/1/share", {"seconds": 1.5})
        new = urlsplit(str(content(answer)["url"]))
        assert (await fetch(server, f"/cameras/1?{new.query}")).status == 200
        assert (await fetch(server, f"/cameras/1?{url.query}")).status == 401


async def test_links_begin_as_the_settings_say(tmp_path: Path) -> None:
    public = "https://example.org/cams"
    async with running_server(tmp_path, admin_token=ADMIN_TOKEN, public_url=public) as server:
        answer = await admin(server, "POST", "/cameras/1/share", {"seconds": 60})
    assert str(content(answer)["url"]).startswith("https://example.org/cams/?token=")


@pytest.mark.parametrize("seconds", [None, "60", True, 0, 0.9, -5, 366 * 24 * 3600 + 1, 1e400])
async def test_a_link_that_would_count_too_long_or_not_at_all(
    server: RunningServer, seconds: object
) -> None:
    body = json.dumps({"seconds": seconds}).replace("Infinity", "1e400").encode()
    for data in (body, b"{}"):
        answer = await admin(server, "POST", "/cameras/1/share", data)
        assert answer.status == 400
        assert message(answer) == "Invalid seconds: expected seconds, 1 to 31622400"
