"""`WS /video-output-stream`: the old viewers' socket; one binary message per frame."""

import logging
from contextlib import suppress

import trio

from camserve.net.stream import ConnectionStream
from camserve.net.websocket import (
    NETWORK_ERRORS,
    ConnectionClosed,
    ServerWebSocket,
    close_websocket,
    websocket_request,
)
from camserve.registry import Camera, Catalogue
from camserve.relay import Hub, Subscription
from camserve.wire import (
    ClientInfoReceived,
    MoveReceived,
    RemoteProtocolError,
    ViewerConnection,
    Waiting,
)

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES = 16 * 1024  # viewers send a few hundred bytes in all
INFO_TIMEOUT = 10.0  # seconds from the request to the client's info


class OutputSocket:
    """Serves viewers of the old kind on connections that hypercorn gave up."""

    def __init__(self, *, hub: Hub, catalogue: Catalogue) -> None:
        self._hub = hub
        self._catalogue = catalogue

    async def serve(self, stream: ConnectionStream) -> None:
        try:
            async with trio.open_nursery() as nursery:
                connection: ServerWebSocket | None = None
                with trio.move_on_after(INFO_TIMEOUT):
                    request = await websocket_request(
                        nursery, stream, max_message_bytes=MAX_MESSAGE_BYTES
                    )
                    accepted = await request.accept()
                    assert isinstance(accepted, ServerWebSocket)
                    connection = accepted
                if connection is not None:
                    code, reason = await self._serve(connection)
                    await close_websocket(connection, code, reason)
                nursery.cancel_scope.cancel()
        except* NETWORK_ERRORS as errors:
            log.debug("%s: %r", stream.peer, errors.exceptions)

    async def _serve(self, connection: ServerWebSocket) -> tuple[int, str]:
        """Serve until one side ends it; returns the close code and its reason."""
        viewer = ViewerConnection()
        try:
            with trio.fail_after(INFO_TIMEOUT):
                info = await _next_event(viewer, connection)
        except RemoteProtocolError as error:
            return error.code, error.reason
        except trio.TooSlowError:
            return 1008, "No client info in time"
        assert isinstance(info, ClientInfoReceived)
        camera = self._catalogue.get(info.camera_id)
        if camera is None:
            return 1008, f"No camera with id {info.camera_id} exists"
        return await self._show(camera, viewer, connection)

    async def _show(
        self, camera: Camera, viewer: ViewerConnection, connection: ServerWebSocket
    ) -> tuple[int, str]:
        ending = (1001, "The stream has ended")
        with self._hub.subscribe(camera.id) as subscription:
            async with trio.open_nursery() as nursery:

                async def read_moves() -> None:
                    nonlocal ending
                    try:
                        await self._relay_moves(camera, viewer, connection)
                    except RemoteProtocolError as error:
                        ending = (error.code, error.reason)
                        # Not cancelled: a close frame in the middle of a picture is no close.
                        subscription.end()
                    except ConnectionClosed:
                        nursery.cancel_scope.cancel()

                nursery.start_soon(read_moves)
                await _send_frames(subscription, connection)
                nursery.cancel_scope.cancel()
        return ending

    async def _relay_moves(
        self, camera: Camera, viewer: ViewerConnection, connection: ServerWebSocket
    ) -> None:
        while True:
            event = await _next_event(viewer, connection)
            publisher = self._hub.publisher(camera.id)
            if isinstance(event, MoveReceived) and publisher is not None:
                publisher.move(event.x, event.y)


async def _send_frames(subscription: Subscription, connection: ServerWebSocket) -> None:
    with suppress(ConnectionClosed, trio.EndOfChannel):
        while True:
            frame = await subscription.receive()
            await connection.send_message(frame.jpeg)


async def _next_event(
    viewer: ViewerConnection, connection: ServerWebSocket
) -> ClientInfoReceived | MoveReceived:
    while True:
        event = viewer.next_event()
        if not isinstance(event, Waiting):
            return event
        message = await connection.get_message()
        if isinstance(message, str):
            # Lenient: some front ends send their info as text.
            message = message.encode()
        viewer.receive_data(message)
