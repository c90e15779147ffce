"""Viewers out: HTTP routes by Quart on hypercorn, WebSockets by trio-websocket."""

from .app import create_app
from .frontend import Frontend
from .inspection import Inspection
from .prefix import Proxies
from .site import LocalCameraError, Site

__all__ = ["Frontend", "Inspection", "LocalCameraError", "Proxies", "Site", "create_app"]
