"""The ways to watch."""

from collections.abc import Sequence
from dataclasses import dataclass

from tests.raw_websocket import handshake

from .target import Target, status_of


@dataclass(frozen=True, slots=True)
class Kind:
    """A way to watch.

    protocol: how its bytes are read: mjpeg, events, socket or live
    path: with `{camera}` where the camera's id belongs
    """

    name: str
    protocol: str
    path: str

    def is_served(self, target: Target) -> bool:
        """Whether the target has this way; it needs a camera that has sent a frame."""
        path = self.path.format(camera=1)
        request = f"GET {path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        if self.protocol in {"socket", "live"}:
            offered = ["camserve.live.v1"] if self.protocol == "live" else []
            request = handshake(path, offered)
        return status_of(target, request) in {101, 200}


MJPEG = Kind("mjpeg", "mjpeg", "/cameras/{camera}/stream.mjpg")
KINDS = (
    MJPEG,
    Kind("stream-image", "events", "/stream-image?cameraId={camera}"),
    Kind("events", "events", "/cameras/{camera}/events"),
    Kind("socket", "socket", "/video-output-stream"),
    Kind("live", "live", "/live"),
)


def served(kinds: Sequence[Kind], target: Target) -> list[Kind]:
    """Those that the target has."""
    return [kind for kind in kinds if kind.is_served(target)]
