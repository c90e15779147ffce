"""What the registry says of cameras takes effect on what runs, and leaves a trace in the log."""

import logging

from camserve.registry import Camera
from camserve.relay import Ending, Hub

log = logging.getLogger(__name__)


def obey(hub: Hub, before: Camera | None, after: Camera | None) -> None:
    """A camera was added (before is None), removed (after is None) or changed, wherever from."""
    log.info("%s", description(before, after))
    if after is None:
        if before is not None:
            hub.remove(before.id)
        return
    if before is not None and before.token_generation != after.token_generation:
        hub.end_publisher(after.id, Ending.ROTATED)
    hub.note_status_change(after.id)


def description(before: Camera | None, after: Camera | None) -> str:
    """What happened to the camera, in one line."""
    camera = after or before
    assert camera is not None
    known = f"camera {camera.id} ({camera.name})"
    if before is None:
        return f"{known} was added"
    if after is None:
        return f"{known} was removed"
    changes = []
    if before.token_generation != after.token_generation:
        changes.append("has a new token, and the older ones are worthless")
    if before.name != after.name:
        changes.append(f"was called {before.name} before")
    if before.description != after.description:
        changes.append("has another description")
    if before.movable != after.movable:
        changes.append("can be moved" if after.movable else "can no longer be moved")
    return f"{known} {', '.join(changes) or 'was changed'}"
