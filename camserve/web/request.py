"""Requests with bounded bodies, and the task pair in which Quart serves one."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

import trio
from hypercorn.typing import ASGIReceiveCallable, ASGIReceiveEvent, ASGISendCallable, ASGISendEvent
from quart import Request, current_app, request
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers import TrioRequest
from werkzeug.exceptions import BadHost, RequestEntityTooLarge

from .answers import RETRY_AFTER, AnswerError
from .request_head import send_error
from .site import MAX_BODY_BYTES, SITE, Site
from .visitor import visitor_of

UPLOAD_PATHS = frozenset({"/update-image", "/camera/update-image"})
#: A token may come after its picture. So many uploads of that kind are held in memory at a time;
#: that many times the largest frame is what strangers can make us hold.
MAX_UPLOADS = 4
UPLOADS = "camserve_uploads"  # the key of their limiter in Quart's extensions
UPLOAD_WAIT = 5.0  # seconds that an upload waits for its place
LAST_STEP_TIMEOUT = 1.0  # seconds that hypercorn may take for its bookkeeping, which only computes
#: In the extensions of the ASGI scope: the event that lets the body of an upload in.
BODY_WANTED = "camserve.body_wanted"
MAX_BODY = "camserve.max_body"  # and how many bytes it may have while nobody wants it


class CamserveRequest(TrioRequest):
    def __init__(self, method: str, scheme: str, path: str, *args: Any, **settings: Any) -> None:
        if path not in UPLOAD_PATHS:
            settings["max_content_length"] = settings["scope"]["extensions"].get(
                MAX_BODY, MAX_BODY_BYTES
            )
        super().__init__(method, scheme, path, *args, **settings)


def body_is_wanted() -> bool:
    """Whether all of the current upload's body is let in."""
    return _body_wanted().is_set()


def let_body_in() -> None:
    """The sender of the current upload has proved who it is."""
    _body_wanted().set()


def _body_wanted() -> trio.Event:
    return cast(dict[str, trio.Event], request.scope["extensions"])[BODY_WANTED]


@asynccontextmanager
async def upload_place() -> AsyncIterator[None]:
    """One of the few places for uploads without a proof; lets the current one's body in.

    Raises:
        AnswerError: 503, all places were taken for too long.
    """
    limiter: trio.CapacityLimiter = current_app.extensions[UPLOADS]
    with trio.move_on_after(UPLOAD_WAIT) as waiting:
        await limiter.acquire()
    if waiting.cancelled_caught:
        raise AnswerError(
            503, "Too many uploads at the same time", {"Retry-After": str(RETRY_AFTER)}
        )
    try:
        let_body_in()
        yield
    finally:
        limiter.release()


class HttpConnection(TrioASGIHTTPConnection):
    """Serves one request, takes no more of its body than it may have, and lets hypercorn finish.

    quart-trio cancels the task that sends as soon as it hears of the request's end, in the
    middle of hypercorn's last step. Then the keep-alive timer is never armed: idle connections
    stay for ever, and a shutdown waits for each of them.
    """

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        self._body_sent = False
        self._received = 0
        self._limit = self._unproved = cast(Site, self.app.config[SITE]).max_body_bytes
        wanted = trio.Event()
        if self.scope["path"] in UPLOAD_PATHS and self.scope["method"] == "POST":
            self._limit = cast(int, self.app.config["MAX_CONTENT_LENGTH"])
        else:
            wanted.set()
        extensions = cast(dict[str, object], self.scope["extensions"])
        extensions[BODY_WANTED], extensions[MAX_BODY] = wanted, self._unproved

        async def send_and_note_the_end(message: ASGISendEvent) -> None:
            # Whoever is refused while still sending has to be read to the end, or never reads why.
            wanted.set()
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._body_sent = True
            await send(message)

        # While an upload waits for its place, no more is read: the sender is held back by TCP.
        await super().__call__(partial(self._receive_when, wanted, receive), send_and_note_the_end)

    async def _receive_when(
        self, wanted: trio.Event, receive: ASGIReceiveCallable
    ) -> ASGIReceiveEvent:
        if self._received >= self._unproved:
            await wanted.wait()
        return await receive()

    async def handle_messages(  # type: ignore[override]
        self, nursery: trio.Nursery, request: Request, receive: ASGIReceiveCallable
    ) -> None:
        await super().handle_messages(
            cast(trio.Nursery, LastStep(nursery.cancel_scope, self)),
            request,
            partial(self._receive_some, request, receive),
        )

    async def _receive_some(
        self, request: Request, receive: ASGIReceiveCallable
    ) -> ASGIReceiveEvent:
        """The next message; of a body that is too long, what follows is thrown away."""
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return message
            if self._received <= self._limit:
                self._received += len(message["body"])
                if self._received > self._limit:
                    # Quart itself compares only what nobody has taken yet with the limit.
                    request.body._must_raise = RequestEntityTooLarge()
                    message["more_body"] = False
                return message

    async def handle_request(  # type: ignore[override]
        self, nursery: trio.Nursery, request: Request, send: ASGISendCallable
    ) -> None:
        visitor = visitor_of(self.scope)
        try:
            with visitor.stay:
                await super().handle_request(nursery, request, send)
        except BadHost:
            # Before the application is asked: werkzeug refuses a Host that can be no name.
            await send_error(send, AnswerError(400, "The Host of the request is no name of a host"))
            nursery.cancel_scope.cancel()
        if visitor.was_cut:
            nursery.cancel_scope.cancel()

    @property
    def last_step_timeout(self) -> float:
        """Seconds that the task which sends may still have when the request has ended."""
        return LAST_STEP_TIMEOUT if self._body_sent else 0.0


class LastStep:
    """Stands in for a nursery whose cancellation has to wait for hypercorn's last step."""

    def __init__(self, scope: trio.CancelScope, connection: HttpConnection) -> None:
        self._scope = scope
        self._connection = connection

    @property
    def cancel_scope(self) -> "LastStep":
        return self

    def cancel(self) -> None:
        # Bounded: over HTTP/2 the last step waits for ever for a client that has gone.
        self._scope.deadline = trio.current_time() + self._connection.last_step_timeout
