"""Cameras in: each connection gets one nursery that no exception leaves."""

import logging

import trio

from camserve.net.gate import Gate
from camserve.net.shortcut import MAX_HEAD_BYTES
from camserve.net.stream import ConnectionStream
from camserve.net.websocket import (
    NETWORK_ERRORS,
    ServerWebSocket,
    websocket_request,
)
from camserve.refusals import RefusalLog
from camserve.registry import Catalogue, Tokens
from camserve.relay import Hub
from camserve.wire import INGEST_PATH, MAX_UNVERIFIED_BYTES, SUBPROTOCOL

from .session import Session
from .tally import Tally
from .transport import WebSocketTransport

log = logging.getLogger(__name__)

#: A message may be a little longer than the longest frame: it may carry more than one part.
MESSAGE_MARGIN = 64 * 1024


class Ingest:
    """Serves publishers on connections that someone else accepted.

    handshake_timeout: seconds from the connection to a verified token
    publisher_timeout: seconds without a frame and without an answer to a ping
    max_head_bytes: longest request for a WebSocket
    """

    def __init__(
        self,
        *,
        hub: Hub,
        catalogue: Catalogue,
        tokens: Tokens,
        max_frame_bytes: int,
        handshake_timeout: float,
        publisher_timeout: float,
        max_head_bytes: int = MAX_HEAD_BYTES,
        refusals: RefusalLog | None = None,
    ) -> None:
        self._hub = hub
        self._catalogue = catalogue
        self._tokens = tokens
        self._max_frame_bytes = max_frame_bytes
        self._handshake_timeout = handshake_timeout
        self._publisher_timeout = publisher_timeout
        self._max_head_bytes = max_head_bytes
        self._refusals = refusals or RefusalLog()
        self.tally = Tally()
        self._handshakes: set[trio.CancelScope] = set()
        self._stopping = False

    def configure(
        self,
        *,
        max_frame_bytes: int,
        max_head_bytes: int,
        handshake_timeout: float,
        publisher_timeout: float,
    ) -> None:
        """Set other limits, for the connections that come from now on."""
        self._max_frame_bytes = max_frame_bytes
        self._max_head_bytes = max_head_bytes
        self._handshake_timeout = handshake_timeout
        self._publisher_timeout = publisher_timeout

    async def serve(self, stream: ConnectionStream) -> None:
        """Serve one connection from its WebSocket handshake on; closing it is the caller's."""
        handshake = trio.CancelScope(deadline=trio.current_time() + self._handshake_timeout)
        self._handshakes.add(handshake)
        try:
            async with trio.open_nursery() as nursery:
                await self._serve_websocket(nursery, stream, handshake)
                nursery.cancel_scope.cancel()
        except* NETWORK_ERRORS as errors:
            log.debug("%s: %r", stream.peer, errors.exceptions)
        finally:
            self._handshakes.discard(handshake)

    def stop(self) -> None:
        """End every connection that is not verified yet; publishers end with the hub."""
        self._stopping = True
        for handshake in self._handshakes:
            handshake.cancel()

    async def _serve_websocket(
        self, nursery: trio.Nursery, stream: ConnectionStream, handshake: trio.CancelScope
    ) -> None:
        gate = Gate(stream, MAX_UNVERIFIED_BYTES)
        session: Session | None = None
        with handshake:
            connection = await self._accept(nursery, gate)
            if connection is None:
                return
            session = Session(
                WebSocketTransport(connection, gate, stream.authenticated),
                hub=self._hub,
                catalogue=self._catalogue,
                tokens=self._tokens,
                max_frame_bytes=self._max_frame_bytes,
                publisher_timeout=self._publisher_timeout,
                life=stream.life,
                tally=self.tally,
                refusals=self._refusals,
            )
            await session.verify()
        self._handshakes.discard(handshake)
        if session is not None:
            if self._stopping:
                session.stop()
            await session.serve()

    async def _accept(self, nursery: trio.Nursery, gate: Gate) -> ServerWebSocket | None:
        request = await websocket_request(
            nursery,
            gate,
            max_message_bytes=self._max_frame_bytes + MESSAGE_MARGIN,
            max_head_bytes=self._max_head_bytes,
            in_pieces=True,
        )
        if request.path.partition("?")[0] != INGEST_PATH:
            await request.reject(404)
            return None
        subprotocol = SUBPROTOCOL if SUBPROTOCOL in request.proposed_subprotocols else None
        connection = await request.accept(subprotocol=subprotocol)
        assert isinstance(connection, ServerWebSocket)
        return connection
