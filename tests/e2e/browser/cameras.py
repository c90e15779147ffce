"""Cameras for pages to look at: real camclients, in the test's own process."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import cv2
import numpy as np
import trio

from camclient.run import publish
from camclient.sources import SourceOptions, parse_source
from camserve.registry import Camera
from tests.serving import RunningServer

SIZE = (320, 180)  # pixels of their pictures


@asynccontextmanager
async def camera_running(server: RunningServer, camera: Camera) -> AsyncIterator[None]:
    """Push the synthetic picture as this camera for as long as the block runs."""
    async with trio.open_nursery() as nursery:
        nursery.start_soon(push_test_picture, server.ingest_port, camera.id, server.token(camera))
        yield
        nursery.cancel_scope.cancel()


async def push_test_picture(ingest_port: int, camera_id: int, token: str) -> None:
    """A whole camclient, 10 frames per second."""
    await publish(
        parse_source("test", SourceOptions(10, *SIZE)),
        server_url=f"ws://127.0.0.1:{ingest_port}",
        camera_id=camera_id,
        token=token,
    )


def grey_jpeg(brightness: int = 128) -> bytes:
    """A real picture of one shade, 0 to 255."""
    picture = np.full((SIZE[1], SIZE[0], 3), brightness, np.uint8)
    done, encoded = cv2.imencode(".jpg", picture)
    assert done
    return encoded.tobytes()
