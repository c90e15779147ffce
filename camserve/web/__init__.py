"""Viewers out: HTTP routes by Quart on hypercorn, WebSockets by trio-websocket."""

from .app import create_app
from .frontend import Frontend
from .site import LocalCameraError, Site

__all__ = ["Frontend", "LocalCameraError", "Site", "create_app"]
