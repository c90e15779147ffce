"""The OpenAPI document: all routes and no others, and nothing in it that leads nowhere."""

import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from quart import Quart

from camserve.registry import InvalidCameraError
from camserve.registry.camera import NOT_IN_TEXT, checked_description, checked_name
from camserve.web import access
from camserve.web.openapi import UndocumentedRouteError, document
from tests.camserve.web.description import Description
from tests.camserve.web.http_viewer import fetch
from tests.serving import RunningServer, running_server, websocket

#: By hand, so that a route which vanishes is missed; the rest is compared with the application.
SOME_PATHS = {
    "/",
    "/cameras",
    "/cameras/{id}",
    "/cameras/{id}/snapshot.jpg",
    "/cameras/{id}/stream.mjpg",
    "/cameras/{id}/token",
    "/list",
    "/camera/list",
    "/camera/update-image",
    "/openapi.json",
    "/docs",
}


@pytest.fixture
async def said(server: RunningServer) -> dict[str, Any]:
    """The document as it comes."""
    answer = await fetch(server, "/openapi.json")
    assert (answer.status, answer.head["content-type"]) == (200, "application/json")
    found: dict[str, Any] = json.loads(answer.body)
    return found


def routes(app: Quart) -> set[tuple[str, str]]:
    """Method and path of each, read without the code that makes the document."""
    names = {"camera_id": "id"}
    return {
        (
            method,
            re.sub(r"<(?:path:)?(\w+)>", lambda it: f"{{{names.get(it[1], it[1])}}}", rule.rule),
        )
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


async def test_each_route_is_described_and_each_description_has_a_route(
    said: dict[str, Any], apps: list[Quart]
) -> None:
    described = {
        (method.upper(), path) for path, methods in said["paths"].items() for method in methods
    }
    assert described == routes(apps[0])
    assert said["paths"].keys() >= SOME_PATHS


async def test_each_websocket_is_described(said: dict[str, Any], server: RunningServer) -> None:
    described = {socket["path"]: socket for socket in said["x-websockets"]}
    # What is served and what is in that table is the same: camserve/web/access.py sees to that.
    assert described.keys() == access.WEBSOCKETS.keys()
    for path, socket in described.items():
        async with websocket(
            server.http_port, path, subprotocols=socket["subprotocols"]
        ) as connection:
            assert connection.subprotocol == next(iter(socket["subprotocols"]), None)


async def test_a_route_that_nobody_described_is_noticed(
    server: RunningServer, apps: list[Quart]
) -> None:
    assert await fetch(server, "/hello")  # no route can be added from now on, but a rule can
    apps[0].url_map.add(apps[0].url_rule_class("/new", endpoint="new", methods={"GET"}))
    with pytest.raises(UndocumentedRouteError, match="new"):
        document(apps[0], is_open=True)


async def test_every_reference_leads_somewhere(said: dict[str, Any]) -> None:
    references = set(re.findall(r'"\$ref": "#/([^"]*)"', json.dumps(said)))
    assert references
    for reference in references:
        found: Any = said
        for name in reference.split("/"):
            found = found[name]
    # And nothing is named that nobody refers to.
    named = {f"components/schemas/{name}" for name in said["components"]["schemas"]}
    named |= {f"components/responses/{name}" for name in said["components"]["responses"]}
    assert named == references


async def test_each_schema_is_one(said: dict[str, Any]) -> None:
    text = json.dumps(said["components"]["schemas"])
    for schema in json.loads(text).values():
        jsonschema_rs.meta.validate(
            {**schema, "$schema": "https://json-schema.org/draft/2020-12/schema"}
        )


async def test_operations_are_complete(said: dict[str, Any]) -> None:
    operations = [
        (path, one) for path, methods in said["paths"].items() for one in methods.values()
    ]
    ids = [one["operationId"] for _, one in operations]
    assert len(ids) == len(set(ids))
    tags = {tag["name"] for tag in said["tags"]}
    for path, one in operations:
        assert set(one["tags"]) <= tags
        assert one["summary"]
        in_path = {each["name"] for each in one.get("parameters", []) if each["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        names = [each["name"] for each in one.get("parameters", [])]
        assert len(names) == len(set(names))


async def test_who_may_ask_depends_on_the_password(tmp_path: Path) -> None:
    async with running_server(tmp_path, viewer_password="secret word") as server:
        assert (await fetch(server, "/openapi.json")).status == 401
        answer = await fetch(server, "/openapi.json", Authorization="Bearer secret word")
    paths = json.loads(answer.body)["paths"]
    assert paths["/hello"]["get"]["security"] == []
    assert {"link": []} in paths["/cameras"]["get"]["security"]
    assert {} not in paths["/cameras"]["get"]["security"]
    assert {"link": []} not in paths["/docs"]["get"]["security"]


async def test_who_may_ask_while_everybody_may_watch(said: dict[str, Any]) -> None:
    assert {} in said["paths"]["/cameras"]["get"]["security"]
    assert {} not in said["paths"]["/cameras"]["post"]["security"]
    assert said["paths"]["/cameras"]["post"]["x-role"] == "admin"


async def test_behind_a_proxy_addresses_begin_with_its_prefix(tmp_path: Path) -> None:
    async with running_server(tmp_path, root_path="/cams") as server:
        answer = await fetch(server, "/cams/openapi.json")
    assert json.loads(answer.body)["servers"] == [{"url": "/cams"}]


@pytest.mark.parametrize(
    ("field", "check"), [("name", checked_name), ("description", checked_description)]
)
async def test_what_a_field_may_hold_is_what_the_code_takes(
    said: dict[str, Any], field: str, check: Any
) -> None:
    schema = said["components"]["schemas"]["CameraChange"]["properties"][field]
    fits = Description(said).validator(schema).is_valid
    texts = [chr(number) for number in range(0x3000)]
    texts += ["", "x" * 100, "x" * 101, "x" * 1000, "x" * 1001, "a b", "😀", "a\u200db"]
    for text in texts:
        try:
            # Spaces around a name are taken away; the document does not speak of that.
            taken = check(text) == text
        except InvalidCameraError:
            taken = False
        assert fits(text) == taken or (field, text) in {("name", "\ufeff")}, ascii(text)


def test_no_control_character_is_above_what_the_document_looks_at() -> None:
    bad = NOT_IN_TEXT - {"Cs"}
    found = [n for n in range(sys.maxunicode + 1) if unicodedata.category(chr(n)) in bad]
    assert max(found) < 0x3000
