"""Requests with bounded bodies, and the task pair in which Quart serves one."""

from typing import Any

import trio
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, ASGISendEvent
from quart import Request
from quart.asgi import ASGIHTTPConnection
from quart_trio.asgi import TrioASGIHTTPConnection
from quart_trio.wrappers import TrioRequest
from quart_trio.wrappers.request import TrioBody
from werkzeug.exceptions import RequestEntityTooLarge

UPLOAD_PATHS = frozenset({"/update-image", "/camera/update-image"})
MAX_BODY_BYTES = 64 * 1024  # of every request that is no upload
#: Uploads are held in memory until their token, which may come last, was checked. So this many
#: times the largest frame is what strangers can make us hold.
MAX_UPLOADS = 4
LAST_STEP_TIMEOUT = 1.0  # seconds that hypercorn may take for its bookkeeping, which only computes


class Body(TrioBody):
    """Counts all that came; Quart compares only what nobody has taken yet with the limit."""

    _received = 0

    def append(self, data: bytes) -> None:
        super().append(data)
        self._received += len(data)
        limit = self._max_content_length
        if self._must_raise is None and limit is not None and self._received > limit:
            self._must_raise = RequestEntityTooLarge()
            self.set_complete()


class CamserveRequest(TrioRequest):
    body_class = Body

    def __init__(self, method: str, scheme: str, path: str, *args: Any, **settings: Any) -> None:
        if path not in UPLOAD_PATHS:
            settings["max_content_length"] = MAX_BODY_BYTES
        super().__init__(method, scheme, path, *args, **settings)


class HttpConnection(TrioASGIHTTPConnection):
    """Serves one request; lets hypercorn finish its bookkeeping, and few uploads in at a time.

    quart-trio cancels the task that sends as soon as it hears of the request's end, in the
    middle of hypercorn's last step. Then the keep-alive timer is never armed: idle connections
    stay for ever, and a shutdown waits for each of them.
    """

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        self._body_sent = False

        async def send_and_note_the_end(message: ASGISendEvent) -> None:
            if message["type"] == "http.response.body" and not message.get("more_body", False):
                self._body_sent = True
            await send(message)

        if self.scope["path"] in UPLOAD_PATHS and self.scope["method"] == "POST":
            # While it waits, nothing is read: the sender is held back by TCP.
            async with self.app.extensions["uploads"]:
                await super().__call__(receive, send_and_note_the_end)
        else:
            await super().__call__(receive, send_and_note_the_end)

    async def handle_messages(  # type: ignore[override]
        self, nursery: trio.Nursery, request: Request, receive: ASGIReceiveCallable
    ) -> None:
        await ASGIHTTPConnection.handle_messages(self, request, receive)
        # Over HTTP/2 the last step waits for ever for a client that has gone.
        bound = LAST_STEP_TIMEOUT if self._body_sent else 0.0
        nursery.cancel_scope.deadline = trio.current_time() + bound
