"""A camera that is online, pictures for it, and what the server says of who watches it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import cv2
import numpy as np

from tests.camserve.web.http_viewer import described, until
from tests.serving import RunningServer, TestPublisher


def drawn(width: int = 640, height: int = 480, grey: int = 0) -> bytes:
    """A JPEG that can be decoded."""
    return cv2.imencode(".jpg", np.full((height, width, 3), grey, np.uint8))[1].tobytes()


@asynccontextmanager
async def online(
    server: RunningServer, first: bytes, camera_id: int = 1
) -> AsyncIterator[TestPublisher]:
    """A camera that has sent a picture."""
    async with server.publisher(server.cameras[camera_id - 1]) as publisher:
        await publisher.send(first)
        await until(server, lambda camera: camera["state"] == "online", camera_id)
        yield publisher


async def books(server: RunningServer, camera_id: int = 1) -> list[dict[str, Any]]:
    """What the server says of each viewer."""
    streams = (await described(server, camera_id))["streams"]
    assert isinstance(streams, list)
    return streams
