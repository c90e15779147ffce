"""Where hypercorn serves connections that we accepted; the one file that leans on its inside.

Hypercorn gets a small stream object of ours instead of trio's, with the methods that it uses. So
its shielded sends have a deadline (see camserve.net.stream), and a WebSocket can be taken from it:
Quart's and hypercorn's own WebSockets hide up to 20 messages in queues, compress JPEGs, lose
pongs and collect whole messages. Ours run on trio-websocket, on the same connection.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import cast
from urllib.parse import unquote

import trio
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

from camserve.net.stream import ConnectionStream

from .lent_stream import KEEP_ALIVE_TIMEOUT, LentStream
from .streams import CONNECTION

WebSocketHandler = Callable[[ConnectionStream], Awaitable[None]]

#: Browsers let any page open a WebSocket to any server (RFC 6455, section 10.2), and who watches
#: at home visits other sites, too. The older sockets stay open to all, as their front ends need.
OWN_PAGES_ONLY = frozenset({"/live"})


class HttpServer:
    """Serves HTTP with an ASGI application, and WebSockets with handlers of ours.

    websockets: path → handler, which gets the connection with the request still to be read
    """

    def __init__(self, app: ASGIFramework, websockets: Mapping[str, WebSocketHandler]) -> None:
        self._app = app
        self._websockets = websockets
        self._context = WorkerContext(None)
        self._config = _hypercorn_config()

    async def serve(self, stream: ConnectionStream) -> None:
        """Serve one connection until it ends."""
        lent = LentStream(stream)
        app = ASGIWrapper(cast(ASGIFramework, partial(self._dispatch, lent)))
        await TCPServer(
            app,
            self._config,
            self._context,
            ConnectionState(LifespanState()),
            cast("trio.SSLStream[trio.SocketStream]", lent),
        ).run()

    async def stop(self) -> None:
        """Close idle connections, and the others after the answer that they are at."""
        await self._context.terminated.set()

    async def _dispatch(
        self, lent: LentStream, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable
    ) -> None:
        if scope["type"] != "lifespan":
            _take_absolute_form(scope)
        if scope["type"] == "websocket":
            handler = self._websockets.get(scope["path"])
            if handler is not None and scope["http_version"] == "1.1":
                if scope["path"] in OWN_PAGES_ONLY and not _is_from_own_page(scope):
                    await _refuse(send)
                else:
                    await _hand_over(lent, scope, handler)
                return
        if scope["type"] == "http" and scope["http_version"] != "2":
            receive = _note_the_end(lent, receive)
        if scope["type"] == "http" and scope["http_version"] == "1.1":
            # A stream may write its chunks past hypercorn; see camserve.web.streams.
            cast(dict[str, object], scope["extensions"])[CONNECTION] = lent.connection
        with lent.answering():
            await self._app(scope, receive, send)


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


def _is_from_own_page(scope: WebsocketScope) -> bool:
    """Whether the request comes from a page of this server, or from no page at all."""
    headers = {bytes(name).lower(): bytes(value).lower() for name, value in scope["headers"]}
    if b"origin" not in headers:
        return True
    host = headers[b"origin"].partition(b"://")[2]
    # No page can set these two; the second is a reverse proxy's word for the first.
    return host in {headers.get(b"host"), headers.get(b"x-forwarded-host")}


async def _refuse(send: ASGISendCallable) -> None:
    body = b'{"message": "This WebSocket is for pages of this server only"}'
    await send(
        {
            "type": "websocket.http.response.start",
            "status": 403,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", b"%d" % len(body)),
            ],
        }
    )
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})


async def _hand_over(lent: LentStream, scope: WebsocketScope, handler: WebSocketHandler) -> None:
    stream = lent.take()
    stream.unread(_request_head(scope))
    try:
        await handler(stream)
    finally:
        lent.finish()


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
