"""`WS /live`: any number of cameras on one socket, none of them ever old.

The network between us and a viewer may hide seconds of frames: a proxy that buffers takes all that
we send, however slow its other side is. So the viewer acknowledges what it has shown, and at most
two frames of a camera are on their way; while two are, newer ones replace each other here.
"""

import json
import re
from contextlib import ExitStack, suppress
from functools import partial

import trio

from camserve.net.shared_reader import SharedReader
from camserve.net.stream import ConnectionStream
from camserve.net.websocket import ConnectionClosed, ServerWebSocket
from camserve.registry import Camera, Catalogue
from camserve.relay import CameraFullError, Hub, Viewer
from camserve.scaling.picture import ScalingUnavailableError, require_opencv
from camserve.trust import Identity

from .fanouts import Fanouts, Wanted
from .live_messages import ENCODING
from .live_request import Ack, LiveRequest, LiveRequestError, Move, Unwatch, Watch, live_request
from .seat import Seat
from .thinning import Thinner
from .visitor import Visitor, other_camera
from .watching import watching
from .websocket import GOING_AWAY, serve_websocket
from .window import Window

SUBPROTOCOL = "camserve.live.v1"
MAX_UNACKNOWLEDGED = 2  # frames of one camera: one being shown, one on its way

#: As browsers and most libraries write it.
_ACK = re.compile(rb'\{"op": ?"ack", ?"camera": ?(\d{1,10}), ?"seq": ?(\d{1,18})\}')


class Live:
    """Serves the viewers of `/live`."""

    def __init__(self, *, hub: Hub, catalogue: Catalogue, fanouts: Fanouts) -> None:
        self._hub = hub
        self._catalogue = catalogue
        self._fanouts = fanouts
        self._reader = SharedReader()

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Read what viewers send; has to run while `serve` does."""
        try:
            await self._reader.run(task_status=task_status)
        finally:
            self._reader.close()

    async def serve(self, stream: ConnectionStream, visitor: Visitor) -> None:
        talk = partial(self._talk, visitor.identity)
        await serve_websocket(stream, talk, visitor, subprotocol=SUBPROTOCOL)

    async def _talk(
        self, identity: Identity, connection: ServerWebSocket, stream: ConnectionStream
    ) -> tuple[int, str]:
        async with trio.open_nursery() as reading:
            async with trio.open_nursery() as showing:
                wall = Wall(
                    self._hub, self._catalogue, self._fanouts, identity, connection, stream, showing
                )
                connection.before_close = wall.leave
                connection.take_short_texts(wall.take_ack, self._reader, stream)
                reading.start_soon(self._obey, wall, reading.cancel_scope)
                await self._hub.wait_closed()
                # What is watched from here on would come too late for the nursery.
                wall.leave()
            # Every picture has come to its end: the socket is fit for a close frame.
            reading.cancel_scope.cancel()
        return GOING_AWAY

    async def _obey(self, wall: "Wall", everything: trio.CancelScope) -> None:
        await wall.obey()
        everything.cancel()


class Wall:
    """What one viewer watches on its socket: each camera has one task, whatever is asked for.

    identity: the viewer's; says which cameras they may see
    nursery: where these tasks run
    """

    def __init__(
        self,
        hub: Hub,
        catalogue: Catalogue,
        fanouts: Fanouts,
        identity: Identity,
        connection: ServerWebSocket,
        stream: ConnectionStream,
        nursery: trio.Nursery,
    ) -> None:
        self._hub = hub
        self._catalogue = catalogue
        self._fanouts = fanouts
        self._identity = identity
        self._connection = connection
        self._stream = stream
        self._nursery = nursery
        self._left = False
        # By camera: what the viewer wants now, and who sits there, perhaps for an older wish.
        self._wishes: dict[int, Watch] = {}
        self._seats: dict[int, Seat] = {}
        self._windows: dict[int, Window] = {}

    async def obey(self) -> None:
        """Do what the viewer asks for; returns when it has left."""
        with suppress(ConnectionClosed):
            while True:
                message = await self._connection.get_message()
                try:
                    self._do(live_request(message))
                except LiveRequestError as error:
                    await self._complain(str(error))

    def take_ack(self, message: bytes) -> bool:
        """Obey an acknowledgement, where it is read; False: the message is none, or written oddly.

        One comes for each picture that was shown: as a message like any other, it would cost more
        than the picture.
        """
        ack = _ACK.fullmatch(message)
        if ack is None:
            return False
        seat = self._seats.get(int(ack[1]))
        if seat is not None:
            seat.acknowledge(int(ack[2]))
        return True

    def leave(self) -> None:
        """End every picture after what is being sent now, and begin no other."""
        self._left = True
        self._wishes.clear()
        for seat in self._seats.values():
            seat.leave()

    def _do(self, request: LiveRequest) -> None:
        match request:
            case Watch():
                self._watch(request)
            case Unwatch():
                self._wishes.pop(request.camera, None)
                self._windows.pop(request.camera, None)
                self._end_seat(request.camera)
            case Ack():
                seat = self._seats.get(request.camera)
                if seat is not None:
                    seat.acknowledge(request.seq)
            case Move():
                self._move(request)

    def _watch(self, request: Watch) -> None:
        self._camera(request.camera)
        if request.width is not None:
            try:
                require_opencv()
            except ScalingUnavailableError as error:
                raise LiveRequestError(f"width: {error}") from error
        if self._left:
            return
        if request.camera in self._seats:
            self._wishes[request.camera] = request
            self._end_seat(request.camera)
            return
        place = ExitStack()
        try:
            place.enter_context(self._hub.place(request.camera))
        except CameraFullError as error:
            raise LiveRequestError(str(error)) from error
        self._wishes[request.camera] = request
        seat = self._seats[request.camera] = self._seat(request)
        self._nursery.start_soon(self._show, request.camera, seat, place)

    def _seat(self, wish: Watch) -> Seat:
        return Seat(
            Viewer(ENCODING.kind, wish.fps, wish.width),
            None if wish.fps is None else Thinner.at_most(wish.fps),
            # What was sent before the wishes changed is still on its way.
            self._windows.setdefault(wish.camera, Window(MAX_UNACKNOWLEDGED)),
        )

    def _end_seat(self, camera_id: int) -> None:
        seat = self._seats.get(camera_id)
        if seat is not None:
            seat.leave()

    def _move(self, request: Move) -> None:
        camera = self._camera(request.camera)
        publisher = self._hub.publisher(camera.id)
        if not camera.movable or publisher is None:
            reason = "is offline" if camera.movable else "cannot be moved"
            raise LiveRequestError(f"Camera {camera.id} {reason}")
        publisher.move(request.x, request.y)

    def _camera(self, camera_id: int) -> Camera:
        if not self._identity.may_see(camera_id):
            raise LiveRequestError(other_camera(self._identity))
        camera = self._catalogue.get(camera_id)
        if camera is None:
            raise LiveRequestError(f"No camera with id {camera_id}")
        return camera

    async def _show(self, camera_id: int, seat: Seat, place: ExitStack) -> None:
        try:
            # What breaks the connection ends `obey` as well, and with it all of this.
            with place, suppress(trio.BrokenResourceError, trio.ClosedResourceError):
                await self._fill(camera_id, seat)
                while (wish := self._wishes.get(camera_id)) is not None and seat.leaving:
                    seat = self._seats[camera_id] = self._seat(wish)
                    await self._fill(camera_id, seat)
        finally:
            del self._seats[camera_id]
        if not seat.leaving and not self._hub.is_closed:
            self._wishes.pop(camera_id, None)
            self._windows.pop(camera_id, None)
            removed = self._catalogue.get(camera_id) is None
            reason = "was removed" if removed else "has ended its stream: watch it again"
            with suppress(ConnectionClosed):
                await self._complain(f"Camera {camera_id} {reason}")

    async def _fill(self, camera_id: int, seat: Seat) -> None:
        """Show this camera to this seat until one of them goes."""
        wanted = Wanted(camera_id, seat.viewer.width, ENCODING)
        with (
            watching(self._hub, self._stream.life, camera_id, seat.viewer),
            self._fanouts.joined(wanted) as fanout,
        ):
            await fanout.serve(seat, self._stream)

    async def _complain(self, message: str) -> None:
        await self._connection.send_message(json.dumps({"op": "error", "message": message}))
