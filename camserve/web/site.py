"""What the routes work with, and how they reach it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from quart import current_app

from camserve.registry import Camera, Catalogue, Tokens
from camserve.relay import Hub
from camserve.scaling import Scaler
from camserve.trust import Trust

from .doorkeeper import Doorkeeper
from .fanouts import Fanouts
from .inspection import Inspection

MAX_BODY_BYTES = 64 * 1024  # as in the setting
SITE = "CAMSERVE_SITE"  # the key in Quart's configuration


class LocalCameraError(Exception):
    """The server's own camera gives no picture; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that answers are made of.

    max_frame_bytes: largest picture that the upload form takes
    max_body_bytes: of every request that is no upload, and of an upload whose token has not been
        seen yet
    inspection: how the server is doing
    cameras_url: where cameras connect, as a new one is told
    share: makes the address that shows this camera for so many seconds
    local_camera: takes a picture with the server's own camera, or raises LocalCameraError; None:
        there is none
    """

    hub: Hub
    catalogue: Catalogue
    tokens: Tokens
    trust: Trust
    doorkeeper: Doorkeeper
    fanouts: Fanouts
    scaler: Scaler
    inspection: Inspection
    max_frame_bytes: int
    max_body_bytes: int = MAX_BODY_BYTES
    cameras_url: str = ""
    share: Callable[[Camera, float], str]
    local_camera: Callable[[], Awaitable[bytes]] | None = None


def site() -> Site:
    """The site that the current request is for."""
    return cast(Site, current_app.config[SITE])
