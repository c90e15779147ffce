"""What the routes work with, and how they reach it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

from quart import current_app

from camserve.registry import Catalogue, Tokens
from camserve.relay import Hub
from camserve.scaling import Scaler

from .fanouts import Fanouts

SITE = "CAMSERVE_SITE"  # the key in Quart's configuration


class LocalCameraError(Exception):
    """The server's own camera gives no picture; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Everything that answers are made of.

    max_frame_bytes: largest picture that the upload form takes
    admin_token: who sends it is an admin; None: nobody is
    local_camera: takes a picture with the server's own camera, or raises LocalCameraError; None:
        there is none
    """

    hub: Hub
    catalogue: Catalogue
    tokens: Tokens
    fanouts: Fanouts
    scaler: Scaler
    max_frame_bytes: int
    admin_token: str | None = None
    local_camera: Callable[[], Awaitable[bytes]] | None = None


def site() -> Site:
    """The site that the current request is for."""
    return cast(Site, current_app.config[SITE])
