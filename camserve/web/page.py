"""`/`: the web page that shows all cameras."""

from quart import Blueprint, current_app
from quart.typing import ResponseReturnValue

from .aliases import action_answer
from .requested import parameter

page = Blueprint("page", __name__)

#: Nothing from elsewhere, no inline script. Sockets are named apart because Safari before 15.4 does
#: not count them as 'self'.
CONTENT_SECURITY_POLICY = (
    "default-src 'self'; connect-src 'self' ws: wss:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)


@page.get("/")
async def index() -> ResponseReturnValue:
    action = parameter("action")
    if action is not None:
        return await action_answer(action)
    answer = await current_app.send_static_file("index.html")
    answer.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    answer.headers["Cache-Control"] = "no-cache"
    return answer
