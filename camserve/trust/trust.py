"""Who is it, and what may they do: every request and every WebSocket is asked here, and only here.

What proves something is of two kinds. The password and the admin token are words that somebody
chose: they can be guessed, so guessing has to be slow (see camserve.trust.words). Links, sessions
and codes are signed by the server (see camserve.trust.signing): nobody guesses those.
"""

import hashlib
import hmac
import math
import time
from collections.abc import Awaitable, Callable

import trio

from .authorization import Word, read_authorization
from .errors import WrongProofError
from .roles import STRANGER, Claim, Identity, Means, Role
from .signing import Session, Signatures
from .tenure import Tenure, Tenures
from .throttle import Throttle, address_key
from .words import Words

VIEWER_SESSION = 30 * 24 * 3600.0  # seconds
ADMIN_SESSION = 12 * 3600.0  # seconds
_OPEN = "open"  # the basis of everybody while there is no password
_LOCAL = "local"  # of a command on this machine, which can read the secret


class Trust:
    """Decides who somebody is. What is not async is done when it returns.

    secret: the server's; the keys of all that is signed are derived from it
    generation: of a camera's token; None: there is no such camera
    take_code: whether the registry has this one-time code, which it has not any more afterwards
    wall_clock: Unix seconds
    """

    def __init__(
        self,
        secret: bytes,
        *,
        generation: Callable[[int], int | None],
        take_code: Callable[[str], Awaitable[bool]],
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._secret = secret
        self._signatures = Signatures(secret)
        self._generation = generation
        self._take_code = take_code
        self._wall_clock = wall_clock
        self._tenures = Tenures()
        self._throttle = Throttle()
        self._words = Words(self._throttle)
        self._password_basis: str | None = None
        self._admin_basis = self._basis("admin", None)

    def configure(self, *, viewer_password: str | None, admin_token: str | None) -> None:
        """Take these from now on. What rests on the old ones ends at once.

        viewer_password: in clear, or its argon2 hash; None: everybody may watch

        Raises: InvalidPasswordError: nothing was changed.
        """
        password_basis = None
        if viewer_password is not None:
            password_basis = self._basis("password", viewer_password)
        admin_basis = self._basis("admin", admin_token)
        if (password_basis, admin_basis) == (self._password_basis, self._admin_basis):
            return
        self._words.configure(viewer_password, admin_token)
        self._password_basis, self._admin_basis = password_basis, admin_basis
        self._tenures.withdraw_unless(self._stands)

    def camera_changed(self, camera_id: int) -> None:
        """End what rests on links of this camera, if its token is another one now or it is gone."""
        self._tenures.withdraw_unless(self._stands)

    @property
    def is_open(self) -> bool:
        """Whether everybody may watch: there is no viewer password."""
        return self._password_basis is None

    @property
    def has_admin_token(self) -> bool:
        return self._words.has_admin_token

    def on_wrong_proof(self, listener: Callable[[str], None]) -> None:
        """Have this called at each wrong proof, with the address or IPv6 network it came from."""
        self._throttle.on_wrong = listener

    @property
    def failures(self) -> int:
        """How many wrong proofs there were."""
        return self._throttle.failures

    @property
    def slowed(self) -> int:
        """How many proofs were answered with SlowDownError."""
        return self._throttle.slowed

    async def authenticate(self, claim: Claim, *, wanted: Role = Role.ADMIN) -> Identity:
        """Who this is: the most that the claim shows, or what everybody is if it shows nothing.

        A cookie that is no longer good shows nothing, since browsers send it by themselves. Any
        other wrong proof is answered late, unless everybody is `wanted` anyway: then it is ignored.

        Raises: WrongProofError, SlowDownError.
        """
        await trio.lowlevel.checkpoint()
        everybody = Identity(Role.VIEWER, basis=_OPEN) if self.is_open else STRANGER
        ambient = _best(everybody, self._by_session(claim.session))
        if claim.authorization is None and claim.token is None:
            return ambient
        is_needed = wanted > everybody.role
        sender = address_key(claim.address)
        word = None
        found = None if claim.token is None else self._by_link(claim.token)
        if claim.authorization is not None:
            word = read_authorization(claim.authorization)
            by_word = None if word is None else self._by_signature(word)
            # Where nothing depends on it a word is not looked at. An admin may do more here and
            # there, and that would tell whoever guesses, as often as they like.
            if by_word is None and word is not None and is_needed:
                by_word = await self._by_word(word, sender)
            # A wrong word is not made good by a link: else a link would make guessing free.
            found = None if by_word is None else _best(by_word, found)
        if found is not None:
            return _best(found, ambient)
        if not is_needed:
            return ambient
        if not self.is_open or self.has_admin_token:  # else there is nothing to be guessed
            await self._words.refuse(word, sender)
        raise WrongProofError

    async def log_in_by_code(self, code: str, claim: Claim) -> Identity:
        """An admin, by the code of a one-time link, which is worthless afterwards.

        Raises: WrongProofError, SlowDownError; what take_code raises.
        """
        # A code that was never ours does not get as far as the database.
        if self._signatures.is_code(code) and await self._take_code(code):
            until = self._wall_clock() + ADMIN_SESSION
            return Identity(Role.ADMIN, Means.SESSION, basis=self._admin_basis, expires_at=until)
        await self._throttle.wrong(address_key(claim.address), new_guess=False)
        raise WrongProofError

    def make_link(self, camera_id: int, generation: int, seconds: float) -> str:
        """The token of a link that shows this camera for `seconds`."""
        return self._signatures.link(camera_id, generation, self._wall_clock() + seconds)

    def session(self, identity: Identity) -> Session:
        """The cookie by which this identity is known later, as long as what it rests on stands."""
        longest = ADMIN_SESSION if identity.role is Role.ADMIN else VIEWER_SESSION
        now = self._wall_clock()
        until = now + longest
        if identity.expires_at is not None:
            until = min(until, identity.expires_at)
        return Session(self._signatures.session(identity, until), max(0, int(until - now)))

    def held(self, identity: Identity) -> Tenure:
        """For a block that is cancelled when the identity's time is over or its basis withdrawn.

        `with` gives its trio.CancelScope. A block that begins too late is cancelled at once.
        """
        until = identity.expires_at
        return Tenure(
            self._tenures,
            identity.basis,
            seconds=math.inf if until is None else until - self._wall_clock(),
            is_over=lambda: not self._stands(identity.basis),
        )

    def _by_session(self, value: str | None) -> Identity | None:
        return None if value is None else self._if_good(self._signatures.read_session(value))

    def _by_link(self, token: str) -> Identity | None:
        link = self._signatures.read_link(token)
        if link is None:
            return None
        basis = f"link:{link.camera}:{link.generation}"
        return self._if_good(Identity(Role.VIEWER, Means.LINK, link.camera, basis, link.expires_at))

    def _by_signature(self, word: Word) -> Identity | None:
        """A word that is no word of a person."""
        if word.means is not Means.BEARER:
            return None
        token = word.text.decode()
        until = self._signatures.read_local(token)
        if until is None:
            return self._by_link(token)
        return self._if_good(Identity(Role.ADMIN, Means.BEARER, basis=_LOCAL, expires_at=until))

    async def _by_word(self, word: Word, guesser: str) -> Identity | None:
        """guesser: on whose account it goes when it is wrong"""
        role = await self._words.guess(word, guesser)
        match role:
            case Role.ADMIN:
                return Identity(role, word.means, basis=self._admin_basis)
            case Role.VIEWER:
                return Identity(role, word.means, basis=self._password_basis or "")
        return None

    def _if_good(self, identity: Identity | None) -> Identity | None:
        if identity is None or not self._stands(identity.basis):
            return None
        until = identity.expires_at
        return identity if until is None or until > self._wall_clock() else None

    def _stands(self, basis: str) -> bool:
        what, _, details = basis.partition(":")
        if what == "link":
            camera, _, generation = details.partition(":")
            return str(self._generation(int(camera))) == generation
        standing = {_OPEN} if self.is_open else {self._password_basis}
        return basis in standing | {self._admin_basis, _LOCAL, STRANGER.basis}

    def _basis(self, what: str, word: str | None) -> str:
        """Names a word without telling it, the same after a restart; it stands in cookies."""
        message = f"basis:{what}:{word or ''}".encode("utf-8", "surrogatepass")
        return f"{what}:{hmac.digest(self._secret, message, hashlib.sha256).hex()[:32]}"


def _best(first: Identity, second: Identity | None) -> Identity:
    """Who may do more; the first one if both may do the same."""
    if second is None:
        return first
    return max(first, second, key=lambda one: (one.role, one.camera is None))
