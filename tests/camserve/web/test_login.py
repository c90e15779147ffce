"""The login page: a form that needs no JavaScript, and the cookie that it gives."""

import logging
import re
from pathlib import Path

import pytest
import trio

from camserve.registry import load_secret
from camserve.trust import admin_code
from tests.camserve.web import guests
from tests.camserve.web.conftest import ADMIN_TOKEN
from tests.camserve.web.guests import (
    PASSWORD,
    closed_server,
    cookie_of,
    follow_link,
    link,
    log_in,
    post_form,
)
from tests.camserve.web.http_viewer import fetch
from tests.serving import RunningServer, running_server

HTML = "text/html,application/xhtml+xml,*/*;q=0.8"


async def test_a_browser_is_sent_there_and_back(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        for target, location in (
            ("/", "login"),
            ("/?action=snapshot_1", "login?next=%3Faction%3Dsnapshot_1"),
            (
                "/cameras/1/stream.mjpg?fps=2",
                "../../login?next=cameras%2F1%2Fstream.mjpg%3Ffps%3D2",
            ),
            # With it, whoever logs in would be sent back to what does not let them in.
            ("/?token=gone", "login?over"),
        ):
            answer = await fetch(server, target, Accept=HTML)
            assert (answer.status, answer.head["location"]) == (303, location)
            assert answer.head["cache-control"] == "no-store"
        page = await fetch(server, "/login?next=cameras%2F1%2Fstream.mjpg%3Ffps%3D2")
        assert (page.status, page.head["cache-control"]) == (200, "no-store")
        assert b'<form method="post" action="login">' in page.body
        assert b'name="next" value="cameras/1/stream.mjpg?fps=2"' in page.body
        assert b"<script" not in page.body
        fields = {"password": PASSWORD, "next": "cameras/1/stream.mjpg?fps=2"}
        answer = await post_form(server, "/login", fields, Origin="http://test")
        assert (answer.status, answer.head["location"]) == (303, "./cameras/1/stream.mjpg?fps=2")
        assert (await fetch(server, "/cameras/1", Cookie=cookie_of(answer))).status == 200


async def test_others_are_not_sent_anywhere(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        answer = await fetch(server, "/", Accept="*/*")
        assert answer.status == 401
        assert answer.head["www-authenticate"].startswith("Basic ")
        # A script of the page: the browser's own window for passwords would get in its way.
        answer = await fetch(server, "/cameras", X_Requested_With="fetch")
        assert answer.status == 401
        assert answer.head["www-authenticate"] == 'Bearer realm="camserve"'
        answer = await fetch(
            server, "/cameras/1/move", method="POST", Accept=HTML, Content_Length="0"
        )
        assert answer.status == 401


async def test_the_cookie(tmp_path: Path) -> None:
    async with closed_server(tmp_path, root_path="/cams") as server:
        form = {"password": PASSWORD}
        cookie = (await post_form(server, "/cams/login", form)).head["set-cookie"]
        value, *attributes = cookie.split("; ")
        assert re.fullmatch(r"camserve_session=[A-Za-z0-9._~-]+", value)
        assert sorted(attributes)[1:] == [
            "HttpOnly",
            "Max-Age=2592000",
            "Path=/cams",
            "SameSite=Lax",
        ]
        answer = await post_form(server, "/login", form, X_Forwarded_Proto="https")
        assert "; Secure;" in answer.head["set-cookie"]
        answer = await post_form(server, "/login", {"password": ADMIN_TOKEN})
        assert "Max-Age=43200" in answer.head["set-cookie"]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"password": ""},
        {"password": "wrong"},
        {"user": PASSWORD},
        {str(n): "x" for n in range(9)},
    ],
)
async def test_a_wrong_password(tmp_path: Path, fields: dict[str, str]) -> None:
    async with closed_server(tmp_path) as server:
        answer = await post_form(server, "/login", {**fields, "next": "cameras"})
        assert answer.status == 401
        # Not one that the browser itself would answer.
        assert answer.head["www-authenticate"] == 'Form realm="camserve"'
        assert b"That is not the password." in answer.body
        assert "set-cookie" not in answer.head
        if len(fields) < 9:
            assert b'name="next" value="cameras"' in answer.body


async def test_no_password_leads_elsewhere(tmp_path: Path) -> None:
    wanted = [
        "//evil.example",
        "/x",
        "https://evil.example",
        "\\\\evil",
        "../x",
        "a/../../x",
        "a//b",
    ]
    wanted += ["x\r\nSet-Cookie: a=b", "javascript:alert(1)", "?\n", '"><script>']
    async with closed_server(tmp_path) as server:
        for target in wanted:
            fields = {"password": PASSWORD, "next": target}
            assert (await post_form(server, "/login", fields)).head["location"] == "./", target
        for target in ("cameras/", "docs", "?x=//y", "cameras/1/snapshot.jpg?a=b&c"):
            fields = {"password": PASSWORD, "next": target}
            assert (await post_form(server, "/login", fields)).head["location"] == f"./{target}"


async def test_too_many_wrong_passwords(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("camserve.trust.throttle.GUESSES", 1)
    async with closed_server(tmp_path) as server:
        assert (await post_form(server, "/login", {"password": "a"})).status == 401
        answer = await post_form(server, "/login", {"password": "b", "next": "docs"})
        assert answer.status == 429
        assert int(answer.head["retry-after"]) >= 1
        assert b"too many wrong passwords. Try again in " in answer.body
        assert b'value="docs"' in answer.body
        answer = await fetch(server, "/cameras", Authorization="Bearer c")
        assert (answer.status, "retry-after" in answer.head) == (429, True)


async def test_the_log_says_who_came_in_and_as_what(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with closed_server(tmp_path) as server:
        await post_form(server, "/login", {"password": PASSWORD})
        await post_form(server, "/login", {"password": ADMIN_TOKEN})
    said = [message for message in caplog.messages if "logged in" in message]
    assert said == ["127.0.0.1 logged in as viewer", "127.0.0.1 logged in as admin"]
    assert PASSWORD not in caplog.text
    assert ADMIN_TOKEN not in caplog.text


async def test_logging_out(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        cookie = await log_in(server, PASSWORD)
        page = await fetch(server, "/", Cookie=cookie)
        assert b'<form method="post" action="logout" id="logout"><button' in page.body
        assert page.head["cache-control"] == "no-cache, private"
        # Not the page for those without a session, even if a browser has that one already.
        etag = (await fetch(server, f"/?token={link(server)}")).head["etag"]
        assert (await fetch(server, "/", Cookie=cookie, If_None_Match=etag)).body == page.body
        answer = await post_form(server, "/logout", {}, Cookie=cookie, Origin="http://test")
        assert (answer.status, answer.head["location"]) == (303, "login")
        assert answer.head["set-cookie"].startswith("camserve_session=; Expires=Thu, 01 Jan 1970")


async def test_there_is_nothing_to_log_out_of(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        page = await fetch(server, "/")
        assert b'id="logout" hidden>' in page.body
        assert (await post_form(server, "/logout", {})).head["location"] == "./"


async def test_what_the_page_says(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        assert b"session has ended" in (await fetch(server, "/login?ended")).body
        assert b"This link shows nothing any more" in (await fetch(server, "/login?over")).body
        assert b"Watching needs no password" not in (await fetch(server, "/login")).body


async def test_an_admin_may_log_in_where_everybody_may_watch(tmp_path: Path) -> None:
    async with running_server(tmp_path, admin_token=ADMIN_TOKEN) as server:
        page = (await fetch(server, "/login")).body
        assert b"Watching needs no password" in page
        assert b"Admin token" in page
        cookie = await log_in(server, ADMIN_TOKEN)
        answer = await post_form(server, "/update?cameraId=1", {}, Cookie=cookie)
        assert answer.status == 200


async def test_what_the_page_says_where_nobody_has_a_password(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        page = (await fetch(server, "/login")).body
        assert b"<form" not in page
        assert b"camserve admin-link" in page


async def test_an_admin_link(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        code = await new_code(server)
        # Programs that look at links before people do.
        assert (await fetch(server, f"/login?code={code}", method="HEAD")).status == 200
        answer = await fetch(server, f"/login?code={code}")
        assert (answer.status, answer.head["location"]) == (303, "./")
        cookie = cookie_of(answer)
        answer = await post_form(server, "/update?cameraId=1", {}, Cookie=cookie)
        assert answer.status == 200
        for bad in (code, "x", ""):
            answer = await fetch(server, f"/login?code={bad}")
            assert answer.status == 401
            assert b"This link logs nobody in any more" in answer.body
            assert "set-cookie" not in answer.head


async def new_code(server: RunningServer) -> str:
    """As `camserve admin-link` makes it."""
    code = admin_code(load_secret(server.config.data_dir, None))
    await trio.to_thread.run_sync(server.registry.add_code, code, guests.FAR_AWAY)
    return code


async def test_whoever_opens_a_link_gets_the_page_and_is_known(tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        cookie = await follow_link(server, 2)
        assert (await fetch(server, "/cameras/2", Cookie=cookie)).status == 200
        assert (await fetch(server, "/cameras/1", Cookie=cookie)).status == 403
        assert (await fetch(server, "/", Cookie=cookie)).head["referrer-policy"] == "same-origin"


async def test_where_everybody_may_watch_a_cookie_for_one_camera_is_of_no_use(
    tmp_path: Path,
) -> None:
    async with running_server(tmp_path) as server:
        assert "set-cookie" not in (await fetch(server, "/?token=x")).head
