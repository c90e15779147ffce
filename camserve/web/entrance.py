"""What every request passes before its route, and every answer behind it."""

from urllib.parse import quote

from quart import Response, request

from .access import FOREIGN_PAGES_MAY_CHANGE, Need, need_of, plain
from .answers import NO_STORE, AnswerError, see_other
from .site import site
from .visitor import Visitor, visitor


async def let_in() -> Response | None:
    """Let the visitor in to the route, until the answer is sent or their time is over.

    OPTIONS is everybody's: browsers ask so without any proof whether they may send one, and hear no
    more than the names of methods.

    Raises:
        AnswerError: they may not.
    """
    rule = request.url_rule
    if rule is None or request.method == "OPTIONS":
        return None
    guest, need = visitor(), need_of(rule.endpoint)
    try:
        await site().doorkeeper.admit(guest, need)
    except AnswerError as error:
        if error.status == 401 and guest.takes_html and not guest.changes_something:
            return _way_to_login()
        raise
    if guest.changes_something and plain(rule.endpoint) not in FOREIGN_PAGES_MAY_CHANGE:
        site().doorkeeper.require_own_page(guest)
    guest.tenure = guest.stay.enter_context(guest.held())
    return None


async def keep_private(answer: Response) -> Response:
    """What only some may see is not for the shelf of a proxy."""
    if visitor().was_let_in:
        answer.headers.setdefault("Cache-Control", NO_STORE)
    return answer


def may_be_read_elsewhere(guest: Visitor) -> bool:
    """Whether scripts on pages of other servers may read what an old route answers.

    As its front ends are used to, while everybody may watch. With a password only what everybody
    may see, or what they have shown a token for: a browser does not add that by itself.
    """
    rule = request.url_rule
    is_everybodys = rule is not None and need_of(rule.endpoint) is Need.NOTHING
    return (
        site().doorkeeper.trust.is_open
        or request.method == "OPTIONS"
        or is_everybodys
        or not guest.identity.means.is_sent_by_itself
    )


def _way_to_login() -> Response:
    # Relative, so that it is right behind every proxy (RFC 9110, section 10.2.2).
    path = request.path.removeprefix("/")
    target = "../" * path.count("/") + "login"
    if visitor().claim.token is not None:
        return see_other(target + "?over")  # whoever knows a password shall not come back with it
    query = request.query_string.decode("latin-1")
    wanted = path + ("?" + query if query else "")
    return see_other(target + ("?next=" + quote(wanted, safe="") if wanted else ""))
