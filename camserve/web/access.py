"""Who may do what: one row for each route and each WebSocket; what has no row is not served."""

from collections.abc import Iterable
from enum import Enum

from camserve.trust import Role


class Need(Enum):
    """What somebody has to be. The value: least role, and whether a link to one camera is enough.

    NOTHING: anybody at all
    VIEWER: the route itself looks at which cameras a link shows
    VIEWER_OF_ALL: a link to one camera is not enough
    """

    NOTHING = (Role.STRANGER, True)
    VIEWER = (Role.VIEWER, True)
    VIEWER_OF_ALL = (Role.VIEWER, False)
    ADMIN = (Role.ADMIN, False)

    @property
    def role(self) -> Role:
        return self.value[0]

    @property
    def takes_links(self) -> bool:
        return self.value[1]


#: By endpoint: blueprint and function. The old routes below another prefix are the same endpoints.
ROUTES = {
    "static": Need.NOTHING,
    "health.healthz": Need.NOTHING,
    "health.readyz": Need.NOTHING,
    "health.metrics": Need.VIEWER_OF_ALL,
    "health.status": Need.ADMIN,
    "login.login_page": Need.NOTHING,
    "login.log_in": Need.NOTHING,
    "login.log_out": Need.NOTHING,
    "listing.hello": Need.NOTHING,
    "upload.update_image": Need.NOTHING,  # it takes a camera's token, in the form
    "listing.list_cameras": Need.VIEWER,
    "images.mocked_image": Need.VIEWER,
    "images.get_image": Need.VIEWER,
    "images.image": Need.VIEWER_OF_ALL,
    "old_events.stream_image": Need.VIEWER,
    "update.update_camera": Need.ADMIN,
    "page.index": Need.VIEWER,
    "cameras.all_cameras": Need.VIEWER,
    "cameras.one_camera": Need.VIEWER,
    "snapshot.snapshot_jpg": Need.VIEWER,
    "mjpeg.stream_mjpg": Need.VIEWER,
    "events.camera_events": Need.VIEWER,
    "move.move_camera": Need.VIEWER,
    "administration.add_camera": Need.ADMIN,
    "administration.change_camera": Need.ADMIN,
    "administration.remove_camera": Need.ADMIN,
    "administration.rotate_token": Need.ADMIN,
    "administration.share_camera": Need.ADMIN,
    "reference.openapi_json": Need.VIEWER_OF_ALL,
    "reference.docs": Need.VIEWER_OF_ALL,
}

#: By path.
WEBSOCKETS = {
    "/video-input-stream": Need.NOTHING,  # it takes a camera's token, in its first message
    "/video-output-stream": Need.VIEWER,
    "/camera/video-output-stream": Need.VIEWER,
    "/live": Need.VIEWER,
}

#: Browsers let any page open a WebSocket to any server (RFC 6455, section 10.2), and who watches
#: at home visits other sites, too. The older sockets stay open to all pages while everybody may
#: watch, as their front ends need.
OWN_PAGES_ONLY = frozenset({"/live"})

#: What a page elsewhere may make a browser send: the form holds a camera's token, or the camera was
#: added to be open to all.
FOREIGN_PAGES_MAY_CHANGE = frozenset({"upload.update_image"})

PREFIXED = "prefixed_"  # how the blueprints of old routes are called below the old prefix


class NoAccessRowError(Exception):
    """A route or WebSocket of which nobody has said who may use it."""


def need_of(endpoint: str) -> Need:
    """Raises: NoAccessRowError"""
    try:
        return ROUTES[plain(endpoint)]
    except KeyError:
        raise NoAccessRowError(f"{endpoint} has no row in camserve/web/access.py") from None


def plain(endpoint: str) -> str:
    return endpoint.removeprefix(PREFIXED)


def require_rows(endpoints: Iterable[str], paths: Iterable[str] = ()) -> None:
    """Refuse to serve what has no row.

    endpoints: of all routes; paths: of all WebSockets

    Raises: NoAccessRowError
    """
    for endpoint in endpoints:
        need_of(endpoint)
    for path in paths:
        if path not in WEBSOCKETS:
            raise NoAccessRowError(f"the WebSocket {path} has no row in camserve/web/access.py")
