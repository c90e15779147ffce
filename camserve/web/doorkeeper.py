"""Lets visitors in, or says why not: every route and every WebSocket asks here."""

from functools import partial

from camserve.trust import Means, Role, SlowDownError, Trust, WrongProofError

from .access import OWN_PAGES_ONLY, WEBSOCKETS, Need
from .answers import AnswerError
from .origins import is_from_own_page
from .visitor import Visitor, other_camera

REALM = 'realm="camserve"'
BEARER = f"Bearer {REALM}"
#: Basic first: some browsers know only the first one that they read.
ANY_PROOF = f'Basic {REALM}, charset="UTF-8", {BEARER}'


class Doorkeeper:
    """Knows what a visitor has to be and asks Trust what they are.

    public_url: how links to this server begin, if that is set
    """

    def __init__(self, trust: Trust, public_url: str | None = None) -> None:
        self.trust = trust
        self.public_url = public_url

    async def admit_socket(self, visitor: Visitor, path: str) -> None:
        """Let in who may open the WebSocket at this path.

        Raises:
            AnswerError: as `admit`; 403 for a page from elsewhere.
        """
        await self.admit(visitor, WEBSOCKETS[path])
        if path in OWN_PAGES_ONLY:
            self.refuse_foreign_page(visitor)
        elif not self.trust.is_open:
            self.require_own_page(visitor)

    async def admit(self, visitor: Visitor, need: Need) -> None:
        """Let in who may do what takes `need`, and say in `visitor` who it is.

        Raises:
            AnswerError: 401 for a missing or wrong proof, 403 for one that is not enough, 429.
        """
        if need is Need.NOTHING:
            return
        try:
            identity = await self.trust.authenticate(visitor.claim, wanted=need.role)
        except WrongProofError as error:
            if self.trust.is_open and not self.trust.has_admin_token:
                raise self._no_admin() from error
            raise self._show_proof(visitor, need, "The password or token is wrong") from error
        except SlowDownError as error:
            raise slow_down(error) from error
        if identity.role < need.role:
            if identity.means is Means.NOTHING and not self.trust.is_open:
                raise self._show_proof(visitor, need, "This needs a password or a token")
            raise self._no_admin()
        if identity.camera is not None and not need.takes_links:
            raise AnswerError(403, other_camera(identity))
        visitor.identity = identity
        visitor.connection.life.met(identity.role.name.lower(), visitor.claim.address)
        visitor.held = partial(self.trust.held, identity)
        visitor.connection.authenticated()

    def require_own_page(self, visitor: Visitor) -> None:
        """Refuse what a page from elsewhere made somebody's browser send in their name (CSRF).

        A token in a header or in the address is no such thing: no browser adds it by itself.

        Raises:
            AnswerError: 403
        """
        if visitor.identity.means.is_sent_by_itself:
            self.refuse_foreign_page(visitor)

    def refuse_foreign_page(self, visitor: Visitor) -> None:
        """Raises: AnswerError: 403"""
        if not is_from_own_page(visitor, self.public_url):
            raise AnswerError(403, "This is for pages of this server only")

    def _no_admin(self) -> AnswerError:
        if self.trust.has_admin_token:
            return AnswerError(403, "This is for admins only")
        return AnswerError(
            403,
            "This is for admins only: CAMSERVE_ADMIN_TOKEN is not set, "
            "`camserve admin-link` prints a link that logs an admin in",
        )

    def _show_proof(self, visitor: Visitor, need: Need, message: str) -> AnswerError:
        # To Basic a browser answers with a window of its own, in front of a page that knows better.
        asks = BEARER if visitor.is_script or need.role is Role.ADMIN else ANY_PROOF
        return AnswerError(401, message, {"WWW-Authenticate": asks})


def slow_down(error: SlowDownError) -> AnswerError:
    return AnswerError(
        429, "There were too many wrong proofs", {"Retry-After": str(error.retry_after)}
    )
