"""What somebody may do here, and by what they showed it."""

from dataclasses import dataclass
from enum import Enum, IntEnum

#: A link for ever would be one that nobody remembers.
MAX_LINK_SECONDS = 366 * 24 * 3600


class Role(IntEnum):
    """Who may do more has the higher number."""

    STRANGER = 0
    VIEWER = 1
    ADMIN = 2


class Means(Enum):
    """How a role was shown. A browser sends BASIC and SESSION by itself, whichever page asks."""

    NOTHING = "nothing"
    BASIC = "basic"
    SESSION = "session"
    BEARER = "bearer"
    LINK = "link"

    @property
    def is_sent_by_itself(self) -> bool:
        """Whether a page of another site can make a browser send it (CSRF)."""
        return self in {Means.NOTHING, Means.BASIC, Means.SESSION}


@dataclass(frozen=True, slots=True)
class Claim:
    """What a request shows of its sender. Header values are Latin-1, as they came.

    address: the client's IP address, without a port
    authorization: the header of that name
    session: the value of the session cookie
    token: the parameter `token` of the query
    """

    address: str
    authorization: str | None = None
    session: str | None = None
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """Who sent a request, as far as it was proved.

    camera: the one camera that a link shows; None: all
    basis: what the role rests on; when that is withdrawn, so is the role (see Trust.held)
    expires_at: Unix seconds; None: it does not end by itself
    """

    role: Role
    means: Means = Means.NOTHING
    camera: int | None = None
    basis: str = ""
    expires_at: float | None = None

    def may_see(self, camera_id: int) -> bool:
        """Whether this camera may be shown to them."""
        return self.role >= Role.VIEWER and self.camera in {None, camera_id}


STRANGER = Identity(Role.STRANGER)
