"""Pages elsewhere: what they cannot do in somebody's name, and what they may still read."""

import re
from pathlib import Path

import pytest

from tests.camserve.web import guests
from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.guests import PASSWORD, closed_server, link, log_in, post_form
from tests.camserve.web.http_viewer import fetch, http_viewer
from tests.raw_websocket import handshake
from tests.serving import RunningServer

OWN = [
    {},
    {"Origin": "http://test"},
    {"Origin": "HTTP://TEST"},
    {"Origin": "https://test"},  # a proxy that says nothing of its encryption
    {"Sec_Fetch_Site": "same-origin"},
    {"Sec_Fetch_Site": "none"},
    {"Origin": "https://cams.example", "X_Forwarded_Host": "cams.example"},
    {"Origin": "https://known.example:8443"},
]
FOREIGN = [
    {"Origin": "http://evil.example"},
    {"Origin": "http://test.evil.example"},
    {"Origin": "http://test:81"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://known.example:8443"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    # Somebody on the way can have written that page.
    {"Origin": "http://test", "X_Forwarded_Proto": "https"},
    {"Origin": "http://evil.example", "Sec_Fetch_Site": "same-origin"},
]
PUBLIC_URL = "https://known.example:8443/cams/"


@pytest.mark.parametrize("page", OWN, ids=str)
async def test_own_pages_may_change_something(tmp_path: Path, page: dict[str, str]) -> None:
    async with closed_server(tmp_path, public_url=PUBLIC_URL) as server:
        cookie = await log_in(server, ADMIN_TOKEN)
        answer = await post_form(server, "/update?cameraId=1", {}, Cookie=cookie, **page)
        assert answer.status == 200


@pytest.mark.parametrize("page", FOREIGN, ids=str)
async def test_others_may_not(tmp_path: Path, page: dict[str, str]) -> None:
    async with closed_server(tmp_path, public_url=PUBLIC_URL) as server:
        by_cookie = {"Cookie": await log_in(server, ADMIN_TOKEN)}
        for target in ("/update?cameraId=1", "/camera/update?cameraId=1", "/cameras", "/login"):
            answer = await post_form(server, target, {"password": PASSWORD}, **by_cookie, **page)
            assert answer.status == 403, target
            assert b"pages of this server only" in answer.body
        # A browser sends that by itself as well, once somebody typed it in.
        by_word = {"Authorization": guests.basic(ADMIN_TOKEN)}
        assert (await post_form(server, "/logout", {}, **by_word, **page)).status == 403
        assert (await post_form(server, "/update?cameraId=1", {}, **by_word, **page)).status == 403
        # What they cannot make a browser send is no browser's doing.
        by_token = {"Authorization": f"Bearer {ADMIN_TOKEN}"}
        assert (await post_form(server, "/update?cameraId=1", {}, **by_token, **page)).status == 200
        # Their own link does not help them to somebody else's session.
        target = f"/update?cameraId=1&token={link(server)}"
        assert (await post_form(server, target, {}, **by_cookie, **page)).status == 403
        # This one takes a camera's token, which no browser knows.
        assert (await post_form(server, "/update-image", {}, **page)).status == 400


async def test_nor_where_everybody_may_watch(server: RunningServer) -> None:
    foreign = {"Origin": "http://evil.example"}
    assert (await post_form(server, "/cameras/1/move", {}, **foreign)).status == 403
    assert (await post_form(server, "/cameras/1/move", {})).status == 415


@pytest.mark.parametrize("path", ["/video-output-stream", "/camera/video-output-stream"])
async def test_sockets_behind_a_password(tmp_path: Path, path: str) -> None:
    foreign = "Origin: http://elsewhere.example"
    async with closed_server(tmp_path) as server:
        cookie = f"Cookie: {await log_in(server, PASSWORD)}"
        assert await opened(server, path, cookie) == 101
        assert await opened(server, path, f"{cookie}\nOrigin: http://test") == 101
        assert await opened(server, path, f"{cookie}\n{foreign}") == 403
        basic = f"Authorization: {guests.basic(PASSWORD)}"
        assert await opened(server, path, f"{basic}\n{foreign}") == 403
        # A link is not sent by itself: an old front end may use one.
        assert await opened(server, f"{path}?token={link(server)}", foreign) == 101
        assert await opened(server, f"/live?token={link(server)}", foreign) == 403
        assert await opened(server, "/video-input-stream", foreign) == 403
        assert await opened(server, "/video-input-stream", "") == 101


async def opened(server: RunningServer, path: str, headers: str) -> int:
    lines = "".join(f"{line}\r\n" for line in headers.splitlines())
    async with http_viewer(server) as viewer:
        request = handshake(path).removesuffix(b"\r\n") + lines.encode()
        await viewer.stream.send_all(request + b"\r\n")
        return (await viewer.read_head()).status


async def test_what_a_socket_hears_that_is_not_let_in(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server, http_viewer(server) as viewer:
        await viewer.stream.send_all(handshake("/live"))
        head = await viewer.read_head()
        assert head.status == 401
        assert head["www-authenticate"].startswith("Basic ")
        body = await viewer.read(int(head["content-length"]))
        assert re.fullmatch(rb'\{"message": "[^"]+"\}', body)


@pytest.mark.parametrize(
    ("method", "target", "means", "may"),
    [
        ("GET", "/hello", "nothing", True),
        ("GET", "/list", "nothing", False),  # 401
        ("GET", "/list", "cookie", False),
        ("GET", "/list", "basic", False),
        ("GET", "/list", "bearer", True),
        ("GET", "/camera/list", "link", True),
        ("OPTIONS", "/camera/list", "nothing", True),
        ("POST", "/list", "cookie", False),  # 405
        ("GET", "/cameras", "bearer", False),
    ],
)
async def test_what_they_may_read_behind_a_password(
    tmp_path: Path, method: str, target: str, means: str, may: bool
) -> None:
    async with closed_server(tmp_path) as server:
        headers = {
            "nothing": {},
            "link": {},
            "cookie": {"Cookie": await log_in(server, PASSWORD)},
            "basic": {"Authorization": guests.basic(PASSWORD)},
            "bearer": {"Authorization": f"Bearer {PASSWORD}"},
        }[means]
        if means == "link":
            target += f"?token={link(server)}"
        answer = await fetch(
            server, target, method=method, Origin="http://elsewhere", Content_Length="0", **headers
        )
        assert ("access-control-allow-origin" in answer.head) == may
