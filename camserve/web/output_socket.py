"""`WS /video-output-stream`: the old viewers' socket; one binary message per frame."""

from functools import partial

import trio

from camserve.net.stream import ConnectionStream
from camserve.net.websocket import ConnectionClosed, ServerWebSocket
from camserve.registry import Camera, Catalogue
from camserve.relay import CameraFullError, Frame, Hub, Viewer
from camserve.trust import Identity
from camserve.wire import (
    ClientInfoReceived,
    MoveReceived,
    RemoteProtocolError,
    ViewerConnection,
    Waiting,
)

from .encoding import Encoding, websocket_message
from .fanouts import Fanouts, Wanted
from .seat import Seat
from .visitor import Visitor, other_camera
from .watching import watching
from .websocket import GOING_AWAY, serve_websocket

INFO_TIMEOUT = 10.0  # seconds from the handshake to the client's info


def message(frame: Frame) -> bytes:
    return websocket_message(frame.jpeg)


ENCODING = Encoding(
    kind="video-output-stream",
    frame=message,
    first_repeat=float("inf"),  # a silent WebSocket stays open
    next_repeats=float("inf"),
)


class OutputSocket:
    """Serves viewers of the old kind on connections that hypercorn gave up."""

    def __init__(self, *, hub: Hub, catalogue: Catalogue, fanouts: Fanouts) -> None:
        self._hub = hub
        self._catalogue = catalogue
        self._fanouts = fanouts
        self._waiting: set[trio.CancelScope] = set()

    def stop(self) -> None:
        """Wait for no client's info any longer; those who have sent it end with the hub."""
        for waiting in self._waiting:
            waiting.cancel()

    async def serve(self, stream: ConnectionStream, visitor: Visitor) -> None:
        await serve_websocket(stream, partial(self._talk, visitor.identity), visitor)

    async def _talk(
        self, identity: Identity, connection: ServerWebSocket, stream: ConnectionStream
    ) -> tuple[int, str]:
        viewer = ViewerConnection()
        info: ClientInfoReceived | MoveReceived | None = None
        with trio.move_on_after(INFO_TIMEOUT) as waiting:
            self._waiting.add(waiting)
            try:
                info = await _next_event(viewer, connection)
            except RemoteProtocolError as error:
                return error.code, error.reason
            finally:
                self._waiting.discard(waiting)
        if self._hub.is_closed:
            return GOING_AWAY
        if info is None:
            return 1008, "No client info in time"
        assert isinstance(info, ClientInfoReceived)
        if not identity.may_see(info.camera_id):
            return 1008, other_camera(identity)
        camera = self._catalogue.get(info.camera_id)
        if camera is None:
            return 1008, f"No camera with id {info.camera_id} exists"
        try:
            with self._hub.place(camera.id):
                return await self._show(camera, viewer, connection, stream)
        except CameraFullError as error:
            return 1013, str(error)  # try again later

    async def _show(
        self,
        camera: Camera,
        viewer: ViewerConnection,
        connection: ServerWebSocket,
        stream: ConnectionStream,
    ) -> tuple[int, str]:
        ending = (1001, "The stream has ended")
        seat = Seat(Viewer(ENCODING.kind))
        connection.before_close = seat.leave
        with (
            watching(self._hub, stream.life, camera.id, seat.viewer),
            self._fanouts.joined(Wanted(camera.id, None, ENCODING)) as fanout,
        ):
            async with trio.open_nursery() as nursery:

                async def read_moves() -> None:
                    nonlocal ending
                    try:
                        await self._relay_moves(camera, viewer, connection)
                    except RemoteProtocolError as error:
                        ending = (error.code, error.reason)
                        # Not cancelled: a close frame in the middle of a picture is no close.
                        seat.leave()
                    except ConnectionClosed:
                        nursery.cancel_scope.cancel()

                nursery.start_soon(read_moves)
                # Past trio-websocket: its pongs and close frames find their place in between.
                await fanout.serve(seat, stream)
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
