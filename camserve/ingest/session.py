"""One publisher's connection, from its first byte to its close; it knows no sockets.

The protocol is read by `camserve.wire`; this file decides: is that camera registered, is the
token right, which close code answers what.
"""

import logging
from contextlib import suppress

import trio

from camserve.net.life import LEFT, Life
from camserve.refusals import RefusalLog
from camserve.registry import Camera, Catalogue, Tokens
from camserve.relay import Demand, Hub, Message, Publisher, Update
from camserve.wire import (
    NEED_DATA,
    PAUSED,
    SUBPROTOCOL,
    CameraIdReceived,
    FrameReceived,
    PublisherEvent,
    RemoteProtocolError,
    ServerConnection,
    TokenReceived,
    encode_demand,
    encode_move,
    encode_update,
)

from .closing import INVALID_TOKEN, LATE, SILENT, STOPPING, TEXT, Close, close_for, unknown_camera
from .intake import Intake
from .tally import Tally
from .transport import Disconnected, TextReceived, Transport

log = logging.getLogger(__name__)

CATCH_UP_TIMEOUT = 1.0  # seconds; a database that hangs must not keep a refusal waiting
TURN = 32  # events of a publisher after which others have their turn
PINGS_PER_TIMEOUT = 4  # so that one lost ping does not end a connection


def encode(message: Message) -> bytes:
    if isinstance(message, Update):
        return encode_update()
    if isinstance(message, Demand):
        return encode_demand(message.fps, message.width)
    return encode_move(message.x, message.y)


class Session:
    """Serves one publisher.

    publisher_timeout: seconds without a frame and without an answer to a ping
    """

    def __init__(
        self,
        transport: Transport,
        *,
        hub: Hub,
        catalogue: Catalogue,
        tokens: Tokens,
        max_frame_bytes: int,
        publisher_timeout: float,
        life: Life,
        tally: Tally | None = None,
        refusals: RefusalLog | None = None,
    ) -> None:
        self._transport = transport
        self._hub = hub
        self._catalogue = catalogue
        self._tokens = tokens
        self._publisher_timeout = publisher_timeout
        self._life = life
        self._tally = tally or Tally()
        self._refusals = refusals or RefusalLog()
        self._wire = ServerConnection(max_frame_bytes=max_frame_bytes)
        self._camera: Camera | None = None
        self._claimed: int | None = None
        # What the connection is to be closed with; until it is verified: that it took too long.
        self._close: Close | None = LATE
        self._alive = trio.CancelScope()

    async def verify(self) -> None:
        """Read who it is and check the proof. Cancelled, it took too long.

        `serve` has to follow without a checkpoint in between, whatever the outcome.
        """
        try:
            identified = await self._next_event()
            assert isinstance(identified, CameraIdReceived)
            self._claimed = identified.camera_id
            if await self._registered(identified.camera_id) is None:
                self._close = unknown_camera(identified.camera_id)
                return
            proof = await self._next_event()
            assert isinstance(proof, TokenReceived)
            # Asked again: the camera may have been removed or its token rotated meanwhile.
            if not self._is_right(proof.token):
                await self._catch_up()
                if not self._is_right(proof.token):
                    self._close = INVALID_TOKEN
                    return
            self._camera = self._catalogue.get(identified.camera_id)
        except RemoteProtocolError as error:
            self._close = Close(error.code, error.reason)
        except TextReceived:
            self._close = TEXT
        except Disconnected:
            self._close = None

    async def _registered(self, camera_id: int) -> Camera | None:
        if self._catalogue.get(camera_id) is None:
            await self._catch_up()
        return self._catalogue.get(camera_id)

    def _is_right(self, token: str) -> bool:
        assert self._claimed is not None
        camera = self._catalogue.get(self._claimed)
        return camera is not None and self._tokens.verify(camera, token)

    async def _catch_up(self) -> None:
        # The camera may have been added, or its token rotated, a moment ago: who is refused here
        # gives up for good.
        with trio.move_on_after(CATCH_UP_TIMEOUT):
            await self._catalogue.catch_up()

    def stop(self) -> None:
        """The server is stopping: a camera that is not verified yet is told so."""
        if self._camera is None:
            self._close = STOPPING

    async def serve(self) -> None:
        """Publish a verified camera's frames, or refuse, until the connection ends."""
        if self._camera is not None:
            self._close = await self._publish(self._camera)
        elif self._close is not None:
            self._tally.refuse(self._close)
            self._life.end(self._close.reason)
            claim = "" if self._claimed is None else f" as camera {self._claimed}"
            self._refusals.write(
                "cameras refused", "%s refused%s: %s", self._life.peer, claim, self._close.reason
            )
        if self._close is not None:
            await self._transport.close(self._close.code, self._close.reason)

    async def _publish(self, camera: Camera) -> Close | None:
        self._transport.verified()
        self._wire.accept()
        publisher = Publisher(takes_demand=self._transport.subprotocol == SUBPROTOCOL)
        intake = Intake(self._hub, camera.id, publisher)
        close: Close | None = None
        self._life.role = "publisher"
        log.info("camera %d (%s) connected from %s", camera.id, camera.name, self._life.peer)
        with self._hub.connected(camera.id, publisher), publisher.scope, self._alive:
            self._heard()
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._ping)
                nursery.start_soon(self._send_messages, publisher)
                nursery.start_soon(intake.run)
                close = await self._receive_frames(intake, publisher)
                nursery.cancel_scope.cancel()
        if publisher.ending is not None:
            close = close_for(publisher.ending, camera.id)
        elif self._alive.cancelled_caught:
            close = SILENT
        self._tally.end(close)
        self._life.end(LEFT if close is None else close.reason)
        self._life.showed("ingest", camera.id, intake.frames, intake.dropped)
        return close

    async def _receive_frames(self, intake: Intake, publisher: Publisher) -> Close | None:
        """Publish frames until the connection ends; returns what to close it with."""
        receiving = trio.CancelScope()
        broken: RemoteProtocolError | None = None

        def take(data: bytes) -> bool:
            # Called where the bytes are read: waking another task for each frame costs more than
            # the frame. When the end of this connection was decided it ends here: a removed
            # camera must not come back to life in the hub.
            nonlocal broken
            if receiving.cancel_called or publisher.ending is not None:
                return False
            try:
                return self._publish_frames(intake, data)
            except RemoteProtocolError as error:
                broken = error
                receiving.cancel()
                return False

        try:
            with receiving:
                while take(b""):  # what came together with the token
                    await trio.lowlevel.checkpoint()
                await self._transport.deliver(take)
        except RemoteProtocolError as error:
            return Close(error.code, error.reason)
        except TextReceived:
            return TEXT
        except Disconnected:
            return None
        finally:
            receiving.cancel()  # bytes may still come
        return None if broken is None else Close(broken.code, broken.reason)

    def _publish_frames(self, intake: Intake, data: bytes) -> bool:
        """Publish some of what arrived (it may be thousands); returns whether there may be more."""
        self._wire.receive_data(data)
        for _ in range(TURN):
            event = self._wire.next_event()
            if event is NEED_DATA:
                return False
            self._heard()
            if isinstance(event, FrameReceived):
                intake.take(event.payload)
        return True

    async def _next_event(self) -> PublisherEvent:
        while True:
            event = self._wire.next_event()
            # PAUSED cannot be seen here: a verified token is accepted before the next event.
            if event is NEED_DATA:
                self._wire.receive_data(await self._transport.receive())
            elif event is not PAUSED:
                # Others have their turn, however many events a piece holds. And when the end of
                # this connection was decided after the piece was handed over, it ends here: a
                # removed camera must not come back to life in the hub.
                await trio.lowlevel.checkpoint()
                return event

    def _heard(self) -> None:
        self._alive.deadline = trio.current_time() + self._publisher_timeout

    # The two tasks below end in silence when the connection does: the task that reads frames
    # sees the same and ends the session.

    async def _ping(self) -> None:
        with suppress(Disconnected):
            while True:
                await self._transport.ping()
                self._heard()
                await trio.sleep(self._publisher_timeout / PINGS_PER_TIMEOUT)

    async def _send_messages(self, publisher: Publisher) -> None:
        with suppress(Disconnected):
            while True:
                message = await publisher.next_message()
                await self._transport.send(encode(message))
                publisher.sent(message)
