"""The cookie by which a browser is known after somebody has logged in."""

from quart import Response

from camserve.trust import Identity

from .answers import NO_STORE
from .site import site
from .visitor import SESSION_COOKIE, visitor


def remember(answer: Response, identity: Identity) -> Response:
    """Give the browser a cookie by which it is known from now on."""
    session = site().doorkeeper.trust.session(identity)
    answer.set_cookie(
        SESSION_COOKIE,
        session.value,
        max_age=session.max_age,
        path=visitor().root_path or "/",
        secure=visitor().scheme == "https",
        httponly=True,
        samesite="Lax",  # a link on another page may lead here; a form there may send nothing
    )
    answer.headers["Cache-Control"] = NO_STORE
    return answer


def forget(answer: Response) -> None:
    """Have the browser throw the cookie away."""
    answer.delete_cookie(SESSION_COOKIE, path=visitor().root_path or "/")
