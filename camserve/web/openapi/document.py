"""Puts the description together: each route of the application, once.

What is not in a table is taken from where the code has it: paths and methods from the application,
who may ask from camserve/web/access.py.
"""

import re

from quart import Quart

from camserve import __version__
from camserve.trust import Role
from camserve.web.access import PREFIXED, Need, need_of, plain
from camserve.web.visitor import SAFE_METHODS, SESSION_COOKIE, TOKEN

from .administering import ADMINISTERING
from .older import OLDER
from .operation import Json, Operation, shared
from .refusals import REFUSALS
from .schemas import CAMERA_ID, schemas
from .serving import SERVING
from .sockets import sockets
from .watching import WATCHING

OPENAPI = "3.1.1"
OPERATIONS: dict[str, Operation] = {**WATCHING, **ADMINISTERING, **SERVING, **OLDER}

_ABOUT = """\
`HEAD` is answered wherever `GET` is, without starting a stream. Names of query parameters may be in
any letter case; unknown parameters and unknown fields of JSON are ignored. Errors are JSON with a
`message`. WebSockets, for which OpenAPI has no words, are under `x-websockets`.
"""
_TAGS = {
    "cameras": "What is known of the cameras.",
    "pictures": "One picture, or all that come.",
    "administration": "For admins.",
    "server": "About the server itself.",
    "pages": "For browsers.",
    "older server": "As the older server had them; each also below `/camera`.",
}
_IN_PATH = {"camera_id": ("id", CAMERA_ID), "filename": ("filename", {"type": "string"})}
_SCHEMES: Json = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "the admin token, the viewer password or the token of a link",
    },
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "the viewer password or the admin token, with any user name",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SESSION_COOKIE,
        "description": "what the login page gives to a browser",
    },
    "link": {
        "type": "apiKey",
        "in": "query",
        "name": TOKEN,
        "description": "the token of a link, which shows one camera",
    },
}


class UndocumentedRouteError(Exception):
    """A route that no table describes, or a description that no route has."""


def document(app: Quart, *, is_open: bool, root_path: str = "") -> Json:
    """The description of all routes of the application.

    is_open: whether everybody may watch now
    root_path: what the addresses begin with, as whoever asks has them

    Raises: UndocumentedRouteError: the tables of this folder and the application differ.
    """
    rules: dict[str, list[tuple[str, str, str]]] = {}  # by endpoint: path, method, full endpoint
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            endpoint = str(rule.endpoint)
            rules.setdefault(plain(endpoint), []).append((rule.rule, method, endpoint))
    if rules.keys() != OPERATIONS.keys():
        differing = ", ".join(sorted(rules.keys() ^ OPERATIONS.keys()))
        raise UndocumentedRouteError(f"camserve/web/openapi and the routes differ: {differing}")
    paths: dict[str, dict[str, Json]] = {}
    for name, operation in OPERATIONS.items():
        for path, method, endpoint in sorted(rules[name], key=lambda rule: len(rule[0])):
            described = _described(operation, path, method, endpoint, is_open)
            paths.setdefault(_template(path), {})[method.lower()] = described
    return {
        "openapi": OPENAPI,
        "info": {"title": "camserve", "version": __version__, "description": _ABOUT},
        "servers": [{"url": root_path or "/"}],
        "tags": [{"name": name, "description": text} for name, text in _TAGS.items()],
        "paths": paths,
        "x-websockets": sockets(),
        "components": {
            "schemas": schemas(),
            "responses": REFUSALS,
            "securitySchemes": _SCHEMES,
        },
    }


def _template(path: str) -> str:
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda found: f"{{{_IN_PATH[found[1]][0]}}}", path)


def _described(operation: Operation, path: str, method: str, endpoint: str, is_open: bool) -> Json:
    need = need_of(endpoint)
    named = [_IN_PATH[name] for name in re.findall(r"<(?:\w+:)?(\w+)>", path)]
    parameters: list[Json] = [
        {"name": name, "in": "path", "required": True, "schema": schema} for name, schema in named
    ]
    described: dict[str, object] = {
        "operationId": plain(endpoint).rpartition(".")[2]
        + ("_below_camera" if endpoint.startswith(PREFIXED) else ""),
        "tags": [operation.tag],
        "summary": operation.summary,
        "x-role": need.role.name.lower(),
    }
    if operation.details:
        described["description"] = operation.details
    if parameters or operation.parameters:
        described["parameters"] = [*parameters, *operation.parameters]
    if operation.body is not None:
        described["requestBody"] = operation.body
    answers = {**operation.answers, **_refusals(operation, method, need)}
    described["responses"] = {str(status): answers[status] for status in sorted(answers)}
    described["security"] = _security(need, is_open)
    return described


def _refusals(operation: Operation, method: str, need: Need) -> dict[int, Json]:
    """What is answered before the route has a say."""
    found: dict[int, Json] = {}
    changes = method not in SAFE_METHODS
    if need is not Need.NOTHING:
        found |= {401: shared("Unauthorized"), 403: shared("Forbidden")}
        found |= {429: shared("TooManyWrongProofs")}
        if not changes:
            found |= {303: shared("ToLogin")}
    elif changes and operation.tag == "pages":
        found |= {403: shared("Forbidden")}
    if operation.body is not None:
        found |= {408: shared("TooLate"), 413: shared("TooLarge")}
    return found


def _security(need: Need, is_open: bool) -> list[Json]:
    if need is Need.NOTHING:
        return []
    ways: list[Json] = [{"bearer": []}, {"basic": []}, {"session": []}]
    if need.takes_links:
        ways.append({"link": []})
    return [{}, *ways] if is_open and need.role <= Role.VIEWER else ways
