"""Viewers out: HTTP routes by Quart on hypercorn, WebSockets by trio-websocket."""

from .app import create_app
from .http import HttpServer
from .output_socket import OutputSocket
from .site import LocalCameraError, Site

__all__ = ["HttpServer", "LocalCameraError", "OutputSocket", "Site", "create_app"]
