"""`/`: the web page that shows all cameras."""

from quart import Blueprint, Response, current_app

page = Blueprint("page", __name__)

#: Nothing from elsewhere, no inline script; pictures come as blobs from the page's own sockets.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


@page.get("/")
async def index() -> Response:
    answer = await current_app.send_static_file("index.html")
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    answer.headers["Cache-Control"] = "no-cache"
    return answer
