"""`/docs`: all of the document, and nothing from anywhere else."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from tests.camserve.web.http_viewer import fetch
from tests.serving import RunningServer, running_server

PACKAGE = Path(str(files("camserve.web")))


class Elements(HTMLParser):
    """What a page consists of."""

    #: Of these there is no end.
    EMPTY = frozenset({"meta", "link", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
async def page(server: RunningServer) -> Elements:
    answer = await fetch(server, "/docs")
    assert (answer.status, answer.head["content-type"]) == (200, "text/html; charset=utf-8")
    policy = answer.head["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    elements = Elements()
    elements.feed(answer.body.decode())
    elements.close()
    assert elements.open == []
    return elements


async def test_it_shows_every_operation(server: RunningServer, page: Elements) -> None:
    document: dict[str, Any] = json.loads((await fetch(server, "/openapi.json")).body)
    text = " ".join(page.text.split())
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            summary = operation["summary"].replace("`", "")
            assert f"{method.upper()} {path} {summary}" in text
            for parameter in operation.get("parameters", []):
                assert parameter["name"] in text
    for socket in document["x-websockets"]:
        assert f"WS {socket['path']} {socket['summary']}" in text
    ids = {attributes.get("id") for _, attributes in page.found}
    assert document["components"]["schemas"].keys() <= ids


async def test_it_says_what_the_limits_are(page: Elements) -> None:
    text = " ".join(page.text.split())
    assert "fps (optional) number, above 0, at most 240" in text
    assert "name string, at most 100 characters" in text


async def test_it_takes_nothing_from_elsewhere(page: Elements) -> None:
    addresses = [
        str(value)
        for _, attributes in page.found
        for name, value in attributes.items()
        if name in {"href", "src", "action"}
    ]
    assert "static/docs.css" in addresses
    for address in addresses:
        assert re.match(r"(static/|#|\./$|openapi\.json$)", address), address
        if address.startswith("static/"):
            assert (PACKAGE / address).is_file()


async def test_there_is_no_script_and_no_inline_style(page: Elements) -> None:
    assert "script" not in {tag for tag, _ in page.found}
    assert "style" not in {tag for tag, _ in page.found}
    names = {name for _, attributes in page.found for name in attributes}
    assert not {name for name in names if name.startswith("on") or name == "style"}
    style = (PACKAGE / "static" / "docs.css").read_text()
    assert not re.findall(r"@import|url\(", style)


async def test_every_way_within_the_page_leads_somewhere(page: Elements) -> None:
    ids = [attributes["id"] for _, attributes in page.found if attributes.get("id")]
    assert len(ids) == len(set(ids))
    ways = {
        str(attributes["href"])[1:]
        for _, attributes in page.found
        if (attributes.get("href") or "").startswith("#")
    }
    assert ways
    assert ways <= set(ids)


async def test_nothing_is_shown_as_python_writes_it(page: Elements) -> None:
    found = re.findall(r"(?<!-)\b(?:None|True|False|Undefined)\b(?!-)|{'|\['", unescape(page.text))
    assert found == []
    assert "`" not in page.text


async def test_the_page_changes_with_the_password(tmp_path: Path) -> None:
    async with running_server(tmp_path, viewer_password="secret word") as server:
        assert (await fetch(server, "/docs")).status == 401
        browser = await fetch(server, "/docs", Accept="text/html")
        assert (browser.status, browser.head["location"]) == (303, "login?next=docs")
        right = await fetch(server, "/docs", Authorization="Bearer secret word")
        assert right.status == 200
