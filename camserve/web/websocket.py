"""How a viewer's WebSocket begins and ends; what is in between is the routes'."""

import logging
from collections.abc import Awaitable, Callable

import trio

from camserve.net.life import LEFT
from camserve.net.stream import ConnectionStream
from camserve.net.websocket import (
    NETWORK_ERRORS,
    ServerWebSocket,
    close_websocket,
    websocket_request,
)

from .visitor import Visitor

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 16 * 1024  # viewers send short messages only
GOING_AWAY = (1001, "The server is stopping")
ACCESS_ENDED = (1008, "Access has ended")
OPENING_TIMEOUT = 10.0  # seconds from the request to the end of the handshake

#: Serves an open WebSocket until one side ends it; returns the close code and its reason.
Talk = Callable[[ServerWebSocket, ConnectionStream], Awaitable[tuple[int, str]]]


async def serve_websocket(
    stream: ConnectionStream, talk: Talk, visitor: Visitor, *, subprotocol: str | None = None
) -> None:
    """Accept the WebSocket that `stream` asks for, have it served, and close it.

    visitor: who asks; when they may not be here any longer, `talk` is cancelled
    subprotocol: agreed to if the viewer offers it
    """
    try:
        async with trio.open_nursery() as nursery:
            connection: ServerWebSocket | None = None
            with trio.move_on_after(OPENING_TIMEOUT):
                connection = await _accept(nursery, stream, subprotocol)
            if connection is not None:
                ending = ACCESS_ENDED
                with visitor.held():
                    ending = await talk(connection, stream)
                # The first reason stands: whoever has closed by now did so itself.
                stream.life.end(LEFT if connection.closed is not None else ending[1])
                await close_websocket(connection, *ending)
            nursery.cancel_scope.cancel()
    except* NETWORK_ERRORS as errors:
        log.debug("%s: %r", stream.peer, errors.exceptions)


async def _accept(
    nursery: trio.Nursery, stream: ConnectionStream, subprotocol: str | None
) -> ServerWebSocket:
    request = await websocket_request(nursery, stream, max_message_bytes=MAX_MESSAGE_BYTES)
    offered = subprotocol in request.proposed_subprotocols
    connection = await request.accept(subprotocol=subprotocol if offered else None)
    assert isinstance(connection, ServerWebSocket)
    return connection
