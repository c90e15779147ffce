"""A server with a password, in a real browser: the form, the session, its end, and links."""

from contextlib import suppress
from pathlib import Path

import pytest
import trio

from tests.browser import PATIENCE, PageError, Tab
from tests.camserve.web.guests import PASSWORD, closed_server, link
from tests.e2e.browser.cameras import camera_running
from tests.e2e.browser.test_page import tile

#: What it logs by itself when a request is refused.
REFUSED = ("the server responded with a status of 401", "WebSocket connection to")


async def arrived(tab: Tab, condition: str) -> None:
    """Wait until a JavaScript expression is true, on whatever page that is.

    Asked again and again from here: a page that is left takes its own waiting with it.
    """
    with trio.fail_after(PATIENCE):
        while True:
            with suppress(PageError):
                if await tab.evaluate(f"!!({condition})"):
                    return


async def log_in(tab: Tab, password: str = PASSWORD) -> None:
    """Type the password where the page has put the cursor, and press Enter."""
    await arrived(tab, "document.activeElement?.id === 'password'")
    await tab.call("Input.insertText", text=password)
    await tab.press("Enter")


async def test_one_logs_in_watches_and_logs_out(tab: Tab, tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server, camera_running(server, server.cameras[0]):
        await tab.go(server.url("/"))
        await log_in(tab, "wrong")
        await arrived(tab, "document.querySelector('[role=alert]')?.textContent.length > 0")
        await log_in(tab)
        await arrived(tab, f"location.pathname === '/' && {tile(1, kind='live')}")
        assert await tab.evaluate("document.cookie") == ""  # scripts cannot see it
        await tab.evaluate("document.querySelector('#logout button').click()")
        await arrived(tab, "location.pathname === '/login'")
        await tab.go(server.url("/"))
        assert await tab.evaluate("location.pathname") == "/login"
        assert [line for line in tab.complaints if not any(said in line for said in REFUSED)] == []


async def test_it_needs_no_javascript(tab: Tab, tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server:
        await tab.call("Emulation.setScriptExecutionDisabled", value=True)
        await tab.go(server.url("/"))
        await log_in(tab)
        await arrived(tab, "location.pathname === '/'")
        assert await tab.evaluate("document.querySelector('#logout').checkVisibility()")


async def test_a_session_that_ends_leads_back_to_the_form(tab: Tab, tmp_path: Path) -> None:
    file = tmp_path / "password"
    write(file, PASSWORD)
    async with (
        closed_server(tmp_path, viewer_password=None, viewer_password_file=file) as server,
        camera_running(server, server.cameras[0]),
    ):
        await tab.go(server.url("/"))
        await log_in(tab)
        await arrived(tab, tile(1, kind="live"))
        write(file, "another one")
        await arrived(tab, "location.pathname === '/login'")
        text = str(await tab.evaluate("document.querySelector('[role=alert]').textContent"))
        assert text.startswith("Your session has ended.")
        assert [line for line in tab.complaints if not any(said in line for said in REFUSED)] == []


async def test_a_link_shows_its_camera(tab: Tab, tmp_path: Path) -> None:
    async with closed_server(tmp_path) as server, camera_running(server, server.cameras[1]):
        await tab.go(server.url(f"/?token={link(server, 2)}"))
        await arrived(tab, tile(2, kind="live"))
        assert await tab.evaluate("document.querySelectorAll('.tile').length") == 1
        assert tab.complaints == []


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_the_window(tab: Tab, tmp_path: Path, width: int, scheme: str) -> None:
    async with closed_server(tmp_path) as server:
        await tab.resize(width, 640)
        await tab.prefer(color_scheme=scheme)
        await tab.go(server.url("/login?ended"))
        assert await tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert await tab.evaluate("document.documentElement.scrollHeight <= innerHeight")
        button = "document.querySelector('button').getBoundingClientRect()"
        # Large enough for a finger (WCAG 2.2, 2.5.8 asks for 24 pixels).
        assert await tab.evaluate(f"{button}.height >= 40 && {button}.width >= 200")


def write(file: Path, password: str) -> None:
    file.write_text(password)
