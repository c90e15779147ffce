"""`/`: the web page that shows all cameras."""

from functools import cache
from importlib.resources import files

from quart import Blueprint, Response, current_app
from quart.typing import ResponseReturnValue

from camserve.trust import Means

from .aliases import action_answer
from .requested import parameter
from .session import remember
from .visitor import visitor

page = Blueprint("page", __name__)

_WAY_OUT = b'<form method="post" action="logout" id="logout"'

#: Nothing from elsewhere, no inline script. Sockets are named apart because Safari before 15.4 does
#: not count them as 'self'.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


def page_headers() -> dict[str, str]:
    """For pages that people see."""
    return {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        # An address may hold a link's token. Nothing at all here would make forms anonymous, too.
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-cache, private",
    }


@page.get("/")
async def index() -> ResponseReturnValue:
    action = parameter("action")
    if action is not None:
        return await action_answer(action)
    if visitor().identity.means is Means.SESSION:
        html = _page_with_a_way_out()
        return Response(html, 200, page_headers(), content_type="text/html; charset=utf-8")
    answer = await current_app.send_static_file("index.html")
    answer.headers.update(page_headers())
    if visitor().identity.means is Means.LINK and visitor().claim.token is not None:
        # The page asks for pictures without the token; by this they know who it is.
        remember(answer, visitor().identity)
    return answer


@cache
def _page_with_a_way_out() -> bytes:
    """The same page with the button that ends the session, which needs no JavaScript."""
    html = files("camserve.web").joinpath("static", "index.html").read_bytes()
    return html.replace(_WAY_OUT + b" hidden", _WAY_OUT)
