"""What only an admin may do: add cameras, change and remove them, make tokens and links."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import trio
from quart import Blueprint, Response, request

from camserve.address import camclient_command
from camserve.registry import (
    Camera,
    DatabaseError,
    InvalidCameraError,
    NameTakenError,
    UnknownCameraError,
)
from camserve.trust import MAX_LINK_SECONDS

from .answers import RETRY_AFTER, AnswerError, json_answer
from .cameras import details
from .json_body import duration, json_object, switch, text
from .requested import integer, unknown_camera
from .site import site
from .visitor import visitor

#: seconds; longer than the registry waits for another writer, shorter than proxies wait for us
DATABASE_TIMEOUT = 8.0
CATCH_UP_TIMEOUT = 1.0  # seconds

log = logging.getLogger(__name__)

administration = Blueprint("administration", __name__)


@administration.post("/cameras")
async def add_camera() -> Response:
    body = await json_object()
    name = text(body, "name")
    if name is None:
        raise AnswerError(400, "Missing name: expected text")
    async with _changing_database():
        camera = await site().catalogue.add(
            name,
            description=text(body, "description") or "",
            movable=switch(body, "movable") or False,
        )
    token = site().tokens.token(camera)
    command = camclient_command(site().cameras_url, camera.id, token)
    added = {"id": camera.id, "name": camera.name, "token": token, "command": command}
    answer = json_answer(added, 201)
    # Relative to this route, so that it is right behind every proxy (RFC 9110, section 10.2.2).
    answer.headers["Location"] = f"cameras/{camera.id}"
    return answer


@administration.patch("/cameras/<camera_id>")
async def change_camera(camera_id: str) -> Response:
    number = _id(camera_id)
    body = await json_object()
    async with _changing_database():
        camera = await site().catalogue.change(
            number,
            name=text(body, "name"),
            description=text(body, "description"),
            movable=switch(body, "movable"),
        )
    return json_answer(details(camera))


@administration.delete("/cameras/<camera_id>")
async def remove_camera(camera_id: str) -> Response:
    async with _changing_database():
        await site().catalogue.remove(_id(camera_id))
    answer = Response(b"", status=204)
    del answer.headers["Content-Length"], answer.headers["Content-Type"]
    return answer


@administration.post("/cameras/<camera_id>/token")
async def rotate_token(camera_id: str) -> Response:
    async with _changing_database():
        camera = await site().catalogue.rotate(_id(camera_id))
    return json_answer({"token": site().tokens.token(camera)})


@administration.post("/cameras/<camera_id>/share")
async def share_camera(camera_id: str) -> Response:
    number = _id(camera_id)
    seconds = duration(await json_object(), "seconds", MAX_LINK_SECONDS)
    camera = await _present_camera(number)
    _leave_a_trace()
    return json_answer({"url": site().share(camera, seconds)}, 201)


async def _present_camera(camera_id: int) -> Camera:
    """The camera as the database has it: a link for an older token would be worthless."""
    with trio.move_on_after(CATCH_UP_TIMEOUT):
        await site().catalogue.catch_up()
    camera = site().catalogue.get(camera_id)
    if camera is None:
        raise unknown_camera(camera_id)
    return camera


def _id(text: str) -> int:
    number = integer(text)
    if number is None:
        raise unknown_camera(text)
    return number


@asynccontextmanager
async def _changing_database() -> AsyncIterator[None]:
    """Turns what the registry refuses into answers, and waits for the database no longer than fit.

    Raises:
        AnswerError: 400 naming the field, 404, 409 for a name that is taken, 503.
    """
    try:
        with trio.fail_after(DATABASE_TIMEOUT):
            yield
        _leave_a_trace()
    except InvalidCameraError as error:
        raise AnswerError(400, f"Invalid {error}") from error
    except UnknownCameraError as error:
        raise unknown_camera(error.camera_id) from error
    except NameTakenError as error:
        raise AnswerError(409, f"Invalid name: {error}") from error
    except DatabaseError as error:
        log.error("a camera could not be changed: %s", error)
        raise _no_database("The database cannot be used now") from error
    except trio.TooSlowError as error:
        log.error("a camera could not be changed: the database does not answer")
        raise _no_database("The database does not answer: look whether it was changed") from error


def _leave_a_trace() -> None:
    """Note who did it; what it was is noted where it takes effect, as it is for the shell."""
    log.info("an admin at %s: %s %s", visitor().claim.address, request.method, request.path)


def _no_database(message: str) -> AnswerError:
    return AnswerError(503, message, {"Retry-After": str(RETRY_AFTER)})
