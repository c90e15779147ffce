"""Where hypercorn serves connections that we accepted; the one file that leans on its inside.

Hypercorn gets a small stream object of ours instead of trio's, with the methods that it uses. So
its shielded sends have a deadline (see camserve.net.stream), and a WebSocket can be taken from it:
Quart's and hypercorn's own WebSockets hide up to 20 messages in queues, compress JPEGs, lose
pongs and collect whole messages. Ours run on trio-websocket, on the same connection.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import cast
from urllib.parse import unquote

import trio
from h2.exceptions import H2Error
from hypercorn.app_wrappers import ASGIWrapper
from hypercorn.config import Config
from hypercorn.trio.tcp_server import TCPServer
from hypercorn.trio.worker_context import WorkerContext
from hypercorn.typing import (
    ASGIFramework,
    ASGIReceiveCallable,
    ASGIReceiveEvent,
    ASGISendCallable,
    ConnectionState,
    HTTPScope,
    LifespanState,
    Scope,
    WebsocketScope,
)
from hyperframe.exceptions import HyperframeError

from camserve.net.plain_answer import plain_answer, send_plain_answer
from camserve.net.stream import ConnectionStream

from .access import require_rows
from .answers import AnswerError
from .doorkeeper import Doorkeeper
from .lent_stream import KEEP_ALIVE_TIMEOUT, LINGER_TIMEOUT, LentStream, lend
from .prefix import NO_PROXIES, Proxies, find_origin, lacks_slash, send_to_prefix
from .request_head import MAX_HEAD_BYTES, check_size, send_error
from .streams import CONNECTION
from .visitor import Visitor, meet
from .websocket import ACCESS_ENDED

WebSocketHandler = Callable[[ConnectionStream, Visitor], Awaitable[None]]

log = logging.getLogger(__name__)

#: What leaves hypercorn when somebody speaks HTTP/2 badly, or asks for it in a way that is none.
#: What our own code raises does not get here: hypercorn logs it.
#: UnboundLocalError: hypercorn trips over a request without a path (CONNECT has none).
BAD_HTTP_2 = (ValueError, H2Error, HyperframeError, UnboundLocalError)


class HttpServer:
    """Serves HTTP with an ASGI application, and WebSockets with handlers of ours.

    websockets: path → handler, which gets the connection with the request still to be read
    doorkeeper: lets in who may open them
    max_head_bytes: longest request, without its body

    Raises:
        NoAccessRowError: nobody has said who that is.
    """

    def __init__(
        self,
        app: ASGIFramework,
        websockets: Mapping[str, WebSocketHandler],
        doorkeeper: Doorkeeper,
        proxies: Proxies = NO_PROXIES,
        max_head_bytes: int = MAX_HEAD_BYTES,
    ) -> None:
        require_rows((), websockets)
        self._app = app
        self._doorkeeper = doorkeeper
        self.proxies = proxies
        self._websockets = websockets
        self._context = WorkerContext(None)
        self._config = _hypercorn_config()
        self.limit_heads(max_head_bytes)

    def limit_heads(self, size: int) -> None:
        """Refuse longer requests from the next connection on; size: bytes without their body."""
        self._max_head_bytes = size
        # Only what is not there as a whole is counted by h11.
        self._config.h11_max_incomplete_size = size
        self._config.h2_max_header_list_size = size

    async def serve(self, stream: ConnectionStream) -> None:
        """Serve one connection until it ends."""
        lent = lend(stream)
        app = ASGIWrapper(cast(ASGIFramework, partial(self._dispatch, lent)))
        server = TCPServer(
            app,
            self._config,
            self._context,
            ConnectionState(LifespanState()),
            cast("trio.SSLStream[trio.SocketStream]", lent),
        )
        try:
            with lent.serving:
                await server.run()
        except* BAD_HTTP_2 as errors:
            log.debug("%s: bad HTTP/2: %r", stream.peer, errors.exceptions)

    async def stop(self) -> None:
        """Close idle connections, and the others after the answer that they are at."""
        await self._context.terminated.set()

    async def _dispatch(
        self, lent: LentStream, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        _take_absolute_form(scope)
        origin = find_origin(scope, self.proxies)
        if scope["type"] == "http" and lacks_slash(scope, origin):
            await send_to_prefix(scope, origin, send)
            return
        visitor = meet(scope, origin, lent.connection)
        lent.connection.life.requests += 1
        # Whatever the request line says: "2" is HTTP/2, "2.1" is somebody's idea of a version.
        if scope["type"] == "websocket" and scope["http_version"] != "2":
            await self._serve_socket(lent, scope, visitor)
            return
        if scope["type"] == "http" and scope["http_version"] != "2":
            receive = _note_the_end(lent, receive)
        if scope["type"] == "http" and scope["http_version"] == "1.1":
            # A stream may write its chunks past hypercorn; see camserve.web.streams.
            cast(dict[str, object], scope["extensions"])[CONNECTION] = lent.connection
        with lent.answering():
            if scope["type"] == "http":
                try:
                    check_size(scope, self._max_head_bytes)
                except AnswerError as error:
                    await send_error(send, error)
                    return
            await self._app(scope, receive, send)
        if visitor.was_cut:
            lent.connection.life.end(ACCESS_ENDED[1])
            lent.connection.close()  # in the middle of what they were getting

    async def _serve_socket(
        self, lent: LentStream, scope: WebsocketScope, visitor: Visitor
    ) -> None:
        # Taken before anything is awaited: hypercorn answers 400 to whoever sends more meanwhile,
        # and trips over its own feet when another answer is under way.
        stream = lent.take()
        handler = self._websockets.get(scope["path"])
        try:
            check_size(scope, self._max_head_bytes)
            if handler is None:
                raise AnswerError(404, f"No WebSocket at {scope['path']}")
            await self._doorkeeper.admit_socket(visitor, scope["path"])
        except AnswerError as error:
            await _refuse(stream, error)
        else:
            stream.unread(_request_head(scope))
            await handler(stream, visitor)
        finally:
            lent.finish()


def _note_the_end(lent: LentStream, receive: ASGIReceiveCallable) -> ASGIReceiveCallable:
    lent.expects_more = True

    async def receive_and_note() -> ASGIReceiveEvent:
        message = await receive()
        if message["type"] == "http.request" and not message["more_body"]:
            lent.expects_more = False
        return message

    return receive_and_note


def _take_absolute_form(scope: HTTPScope | WebsocketScope) -> None:
    """Make `GET http://host/path` a `GET /path`, as RFC 9112, section 3.2.2 wants."""
    target = scope["raw_path"]
    if not target.startswith((b"/", b"*")):
        _, _, behind_scheme = target.partition(b"://")
        scope["raw_path"] = target = b"/" + behind_scheme.partition(b"/")[2]
        scope["path"] = unquote(target.decode("ascii"))


async def _refuse(stream: ConnectionStream, error: AnswerError) -> None:
    fields = [f"{name}: {value}" for name, value in error.headers.items() if name != "Connection"]
    with (
        trio.move_on_after(LINGER_TIMEOUT),
        suppress(trio.BrokenResourceError, trio.ClosedResourceError),
    ):
        await send_plain_answer(stream, plain_answer(error.status, *fields, body=error.body()))


def _request_head(scope: WebsocketScope) -> bytes:
    """The request as it came, or as good as: hypercorn has read and checked it."""
    target = bytes(scope["raw_path"])
    if scope["query_string"]:
        target += b"?" + bytes(scope["query_string"])
    lines = [b"GET " + target + b" HTTP/1.1"]
    lines += [bytes(name) + b": " + bytes(value) for name, value in scope["headers"]]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _hypercorn_config() -> Config:
    config = Config()
    config.errorlog = logging.getLogger("hypercorn.error")
    config.accesslog = None
    config.include_server_header = False
    config.keep_alive_timeout = KEEP_ALIVE_TIMEOUT
    # read_timeout stays unset: it would cut streams, which read nothing.
    config.max_app_queue_size = 2  # each may hold 64 KiB of a request's body
    return config
