"""`POST /update`: ask a camera to update and restart itself."""

import trio
from quart import Blueprint, Response

from .answers import json_answer
from .requested import old_route_camera
from .site import site

SEND_TIMEOUT = 2.0  # seconds that the message may take to leave

update = Blueprint("update", __name__)


@update.post("/update")
async def update_camera() -> Response:
    publisher = site().hub.publisher(old_route_camera().id)
    if publisher is None:
        return json_answer({"result": False})
    with trio.move_on_after(SEND_TIMEOUT) as sending:
        await publisher.update()
    return json_answer({"result": not sending.cancelled_caught})
