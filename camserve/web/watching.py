"""A viewer at a camera: in the camera's books, and at the end in the line of its connection."""

from collections.abc import Iterator
from contextlib import contextmanager

from camserve.net.life import Life
from camserve.relay import Hub, Viewer


@contextmanager
def watching(hub: Hub, life: Life, camera_id: int, viewer: Viewer) -> Iterator[None]:
    """The viewer watches this camera for as long as the block runs.

    life: of the connection that the frames go over
    """
    with hub.watched(camera_id, viewer):
        try:
            yield
        finally:
            life.showed(viewer.kind, camera_id, viewer.sent, viewer.dropped)
