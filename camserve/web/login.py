"""`/login` and `/logout`: a form for the password, and a cookie for who knew it."""

import logging
import re
from base64 import b64encode
from urllib.parse import parse_qs

from quart import Blueprint, Response, render_template, request
from quart.typing import ResponseReturnValue

from camserve.registry import RegistryError
from camserve.trust import Claim, Identity, SlowDownError, WrongProofError

from .answers import NO_STORE, RETRY_AFTER, AnswerError, see_other
from .doorkeeper import slow_down
from .page import page_headers
from .requested import parameter
from .session import forget, remember
from .site import site
from .visitor import visitor

MAX_FIELDS = 8  # of the form; ours has three
CHALLENGE = {"WWW-Authenticate": 'Form realm="camserve"'}  # none that a browser answers by itself

WRONG = "That is not the password."
ENDED = "Your session has ended. Please log in again."
OVER = "This link shows nothing any more."
USED = (
    "This link logs nobody in any more: each does so once, within ten minutes. "
    "The command camserve admin-link prints a new one."
)
#: Where to go afterwards: within this server, since it never begins with a slash or a scheme.
_NEXT = re.compile(r"([A-Za-z0-9_~-][A-Za-z0-9_~.-]*(/|(?=\?|$)))*(\?[!-~]*)?", re.ASCII)

log = logging.getLogger(__name__)

login = Blueprint("login", __name__)


@login.get("/login")
async def login_page() -> ResponseReturnValue:
    code = parameter("code")
    if code is None:
        return await _page(_reason(), wanted=_next(parameter("next")))
    if request.method == "HEAD":
        return await _page()  # programs that look at links before people do must not use them up
    try:
        identity = await site().doorkeeper.trust.log_in_by_code(code, visitor().claim)
    except WrongProofError:
        return await _page(USED, 401)
    except SlowDownError as error:
        return await _slow_down(error)
    except RegistryError as error:
        log.error("an admin could not log in: %s", error)
        raise AnswerError(
            503, "The database cannot be used now", {"Retry-After": str(RETRY_AFTER)}
        ) from error
    return _welcome("./", identity)


@login.post("/login")
async def log_in() -> ResponseReturnValue:
    form = await _form()
    wanted = _next(form.get("next"))
    pair = b64encode(b":" + form.get("password", "").encode()).decode()
    claim = Claim(visitor().claim.address, authorization=f"Basic {pair}")
    try:
        identity = await site().doorkeeper.trust.authenticate(claim)
    except WrongProofError:
        return await _page(WRONG, 401, wanted)
    except SlowDownError as error:
        return await _slow_down(error, wanted)
    return _welcome(f"./{wanted}", identity)


@login.post("/logout")
async def log_out() -> ResponseReturnValue:
    answer = see_other("./" if site().doorkeeper.trust.is_open else "login")
    forget(answer)
    return answer


def _welcome(where: str, identity: Identity) -> Response:
    log.info("%s logged in as %s", visitor().claim.address, identity.role.name.lower())
    return remember(see_other(where), identity)


def _reason() -> str:
    """Why somebody was sent here, if that needs to be said."""
    if parameter("ended") is not None:
        return ENDED
    return OVER if parameter("over") is not None else ""


async def _page(message: str = "", status: int = 200, wanted: str = "") -> Response:
    trust = site().doorkeeper.trust
    html = await render_template(
        "login.html",
        message=message,
        next=wanted,
        is_open=trust.is_open,
        asks=not trust.is_open or trust.has_admin_token,
    )
    headers = page_headers() | {"Cache-Control": NO_STORE} | (CHALLENGE if status == 401 else {})
    return Response(html, status, headers, content_type="text/html; charset=utf-8")


async def _slow_down(error: SlowDownError, wanted: str = "") -> Response:
    refusal = slow_down(error)
    message = f"There were too many wrong passwords. Try again in {error.retry_after} s."
    answer = await _page(message, refusal.status, wanted)
    answer.headers.update(refusal.headers)
    return answer


async def _form() -> dict[str, str]:
    """The fields of the form; none when it is no such form."""
    if request.mimetype != "application/x-www-form-urlencoded":
        return {}
    body = await request.get_data(True, False, False)
    try:
        # Latin-1, as the form itself is ASCII; what it escapes is UTF-8.
        fields = parse_qs(body.decode("latin-1"), errors="replace", max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _next(wanted: str | None) -> str:
    return wanted if wanted is not None and _NEXT.fullmatch(wanted) else ""
