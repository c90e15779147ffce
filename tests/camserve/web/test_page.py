"""The page as files: self-contained, small, and answered with the right headers."""

import re
from importlib.resources import files
from pathlib import Path

from camserve.wire import jpeg_dimensions
from tests.serving import request, running_server

STATIC = Path(str(files("camserve.web").joinpath("static")))
SCRIPTS = sorted(STATIC.glob("*.js"))


async def test_the_page_allows_nothing_from_elsewhere(tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=0) as server:
        head, _, body = (await request(server.http_port, "GET /")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert b"content-type: text/html; charset=utf-8" in head.lower()
    assert b"content-security-policy: default-src 'self';" in head.lower()
    assert b"unsafe" not in head
    assert b"cache-control: no-cache" in head.lower()
    assert body == (STATIC / "index.html").read_bytes()


def test_every_address_is_relative_and_leads_somewhere() -> None:
    html = (STATIC / "index.html").read_text()
    addresses = re.findall(r'(?:src|href)="([^"]*)"', html)
    assert addresses
    for address in addresses:
        assert re.match(r"(static|cameras)\b", address), address
        if address.startswith("static/"):
            assert (STATIC.parent / address).is_file(), address
    for script in SCRIPTS:
        for address in re.findall(r' from "([^"]*)"', script.read_text()):
            assert address.startswith("./")
            assert (STATIC / address).is_file(), address


def test_every_script_is_fetched_at_once() -> None:
    html = (STATIC / "index.html").read_text()
    assert all(f'="static/{script.name}"' in html for script in SCRIPTS)


def test_there_is_no_inline_script_or_style() -> None:
    html = (STATIC / "index.html").read_text()
    assert re.findall(r"<script(?! type=\"module\" src=)", html) == []
    assert re.findall(r"<style| style=| on\w+=", html) == []


def test_the_page_is_small() -> None:
    size = sum(path.stat().st_size for path in STATIC.iterdir() if path.suffix != ".jpg")
    assert size < 48 * 1024  # as much as one good frame of a camera


def test_the_mocked_picture() -> None:
    jpeg = (STATIC / "mocked.jpg").read_bytes()
    assert jpeg_dimensions(jpeg) == (640, 480)
    assert len(jpeg) < 40_000
