"""`/?action=…`: the addresses of mjpg-streamer, which printers' and DIY cameras' tools ask for."""

import re

from quart.typing import ResponseReturnValue

from .answers import AnswerError, no_picture
from .mjpeg import stream_mjpg
from .requested import visible_cameras
from .snapshot import snapshot_jpg

#: What follows is ignored, as mjpg-streamer does, which compares beginnings only: many an address
#: ends in `/frame.mjpg` or `?dummy=param.mjpg`, so that a player believes it.
_ACTION = re.compile(r"(stream|snapshot)(?:_([0-9]{1,10}))?(?!\w).*", re.ASCII | re.DOTALL)
_ROUTES = {"stream": stream_mjpg, "snapshot": snapshot_jpg}


async def action_answer(action: str) -> ResponseReturnValue:
    """What `/cameras/{id}/stream.mjpg` or `snapshot.jpg` answers to this request.

    action: the value of the parameter, e.g. `stream` (of the camera with the lowest id) or
        `snapshot_3` (of camera 3)

    Raises:
        AnswerError: 404 for an action that there is not; 503 while there is no camera at all.
    """
    match = _ACTION.fullmatch(action)
    if match is None:
        # mjpg-streamer and ustreamer show their page then. But a tool that wants a picture, or to
        # turn a knob by `action=command`, would take the page's 200 for success.
        raise AnswerError(404, "Unknown action: expected stream, snapshot, stream_N or snapshot_N")
    name, camera_id = match.groups()
    return await _ROUTES[name](camera_id or _lowest_id())


def _lowest_id() -> str:
    cameras = visible_cameras()
    if not cameras:
        raise no_picture("This server has no camera yet")
    return str(cameras[0].id)
