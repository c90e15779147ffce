"""`/openapi.json` and `/docs`: the description of the routes, for programs and for people."""

from typing import cast

from quart import Blueprint, Quart, Response, current_app, render_template

from camserve.web.answers import json_answer
from camserve.web.page import page_headers
from camserve.web.site import site
from camserve.web.visitor import visitor

from .document import document
from .operation import HTML

#: In Quart's extensions: whether viewing is open → the page. To make it takes 12 ms, in which no
#: frame leaves, so it is made once.
PAGES = "camserve_docs"

reference = Blueprint("reference", __name__)


@reference.get("/openapi.json")
async def openapi_json() -> Response:
    root_path = visitor().root_path
    return json_answer(document(_app(), is_open=site().trust.is_open, root_path=root_path))


@reference.get("/docs")
async def docs() -> Response:
    pages = cast(dict[bool, str], _app().extensions.setdefault(PAGES, {}))
    is_open = site().trust.is_open
    if is_open not in pages:
        described = document(_app(), is_open=is_open)
        pages[is_open] = await render_template("docs.html", document=described)
    return Response(pages[is_open], 200, page_headers(), content_type=HTML)


def _app() -> Quart:
    return cast(Quart, current_app._get_current_object())  # type: ignore[attr-defined]
