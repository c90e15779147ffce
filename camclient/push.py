"""One connection to the server: hello, then pictures one way and messages the other.

Five tasks share a connection: the reader of trio-websocket, and ours that send pictures, ping, take
messages and watch the handshake. The first that fails ends all, and then the socket is closed,
whatever state the WebSocket is in: after a cancelled send nothing may be sent on it any more, not
even a close frame, and a server that closed first expects TCP to end.
"""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NoReturn, Protocol, cast

import trio
from trio_websocket import CloseReason, WebSocketConnection, wrap_client_stream

from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError, PushError, diagnose
from camclient.latest import LatestSlot
from camclient.sources.source import Capture, SourceError
from camclient.stream import WatchedStream, connect
from camserve.wire import BackChannelEvent, ClientConnection, RemoteProtocolError

CONNECT_TIMEOUT = 10.0  # seconds for name, TCP, TLS and WebSocket handshake together
KEEP_ALIVE_INTERVAL = 5.0  # seconds without a picture; the server waits for 20
PING_INTERVAL = 5.0  # seconds
PONG_TIMEOUT = 10.0  # seconds; a server may stall a little without losing its cameras
SEND_TIMEOUT = 10.0  # seconds for one piece
#: A picture goes out in messages of this size, whose boundaries mean nothing to the server. Pings
#: and their answers pass in between, so that a picture may take long on a slow line.
PIECE = 16 * 1024  # bytes
MAX_MESSAGE_BYTES = 64 * 1024  # what the server sends has 12 bytes; this is for what it may become

log = logging.getLogger(__name__)

MessageHandler = Callable[[BackChannelEvent], None]


@dataclass(frozen=True, slots=True)
class Target:
    """Where pictures go, and as whose.

    Attributes:
        camera_id: 1 to 2**31 - 1.
        token: 1 to 1024 bytes as UTF-8.
        quality: of the JPEGs, 1 to 100.
        ssl_context: for `wss`; None: the system's authorities, and the server's name is verified.
    """

    endpoint: Endpoint
    camera_id: int
    token: str = field(repr=False)
    quality: int = 80
    ssl_context: ssl.SSLContext | None = None


class Progress(Protocol):
    """Is told how a connection is doing, on the event loop."""

    def connected(self) -> None:
        """The hello is sent. Whether the server likes it is not known yet: it answers nothing."""

    def frame_sent(self) -> None:
        """One more picture has been handed to the network."""


async def push(
    target: Target,
    pictures: LatestSlot[Capture],
    *,
    progress: Progress,
    handle_message: MessageHandler,
) -> NoReturn:
    """Connect, and send the newest picture again and again until something ends it.

    Cancelled: the socket is closed at once; a picture that was being sent is lost.

    Raises:
        Refused: the server refused camera or token.
        ReplacedError: another connection of the same camera took over.
        ConnectionLostError: anything else.
    """
    deadline = trio.current_time() + CONNECT_TIMEOUT
    too_slow = ConnectionLostError(f"cannot connect: no answer within {CONNECT_TIMEOUT:g} s")
    with trio.move_on_at(deadline) as connecting:
        stream = await connect(target.endpoint, target.ssl_context)
    if connecting.cancelled_caught:
        raise too_slow
    connection = Connection(target, pictures, progress, handle_message)
    problem: PushError | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connection.watch_handshake, stream)
            with trio.move_on_at(deadline) as opening:
                await connection.open(nursery, stream)
            if opening.cancelled_caught:
                raise too_slow
            nursery.start_soon(connection.receive)
            nursery.start_soon(connection.ping)
            await connection.send_pictures()
    except* Exception as group:
        problem = diagnose(group, connection.closed)
    finally:
        await stream.aclose()  # closes even when we are cancelled
    assert problem is not None  # send_pictures() does not return; Cancelled has gone upwards
    raise problem


class Connection:
    """The tasks of one connection, and what they share."""

    def __init__(
        self,
        target: Target,
        pictures: LatestSlot[Capture],
        progress: Progress,
        handle_message: MessageHandler,
    ) -> None:
        self._target = target
        self._pictures = pictures
        self._progress = progress
        self._handle_message = handle_message
        self._wire = ClientConnection()
        self._opened = False
        self._socket: WebSocketConnection
        self._encoder = trio.CapacityLimiter(1)
        self._reported: str | None = None

    async def open(self, nursery: trio.Nursery, stream: WatchedStream) -> None:
        """Do the WebSocket handshake; the reader goes on in the nursery."""
        endpoint = self._target.endpoint
        self._socket = await wrap_client_stream(
            nursery,
            # Any stream will do: it calls send_all, receive_some and aclose, and nothing else.
            cast("trio.SocketStream", stream),
            endpoint.authority,
            endpoint.resource,
            max_message_size=MAX_MESSAGE_BYTES,
        )
        self._opened = True

    @property
    def closed(self) -> CloseReason | None:
        """How the WebSocket ended; None when it never began, or has not ended."""
        return self._socket.closed if self._opened else None

    async def watch_handshake(self, stream: WatchedStream) -> None:
        """Fail when the stream ends before the handshake does."""
        await stream.ended.wait()
        if not self._opened:
            raise ConnectionLostError("the server hung up during the WebSocket handshake")

    async def send_pictures(self) -> NoReturn:
        """Say hello, then always send the newest picture, or a sign of life when there is none."""
        await self._send(self._wire.send_hello(self._target.camera_id, self._target.token))
        self._progress.connected()
        while True:
            with trio.move_on_after(KEEP_ALIVE_INTERVAL) as waiting:
                capture = await self._pictures.get()
            if waiting.cancelled_caught:
                await self._send(self._wire.send_keep_alive())
            else:
                await self._send_picture(capture)

    async def ping(self) -> NoReturn:
        """Notice a server that is gone without a word, even while there are no pictures."""
        while True:
            # First wait: a server on trio-websocket 0.12 that has just refused us, and closes, dies
            # of a ping that crosses its close frame.
            await trio.sleep(PING_INTERVAL)
            with trio.move_on_after(PONG_TIMEOUT) as waiting:
                await self._socket.ping()
            if waiting.cancelled_caught:
                raise ConnectionLostError(f"no answer to a ping for {PONG_TIMEOUT:g} s")

    async def receive(self) -> NoReturn:
        """Take every message as it comes: while one lies there, pings and closes go unread."""
        while True:
            message = await self._socket.get_message()
            if isinstance(message, str):
                continue  # the protocol has no text; a newer server may
            try:
                event = self._wire.receive_message(message)
            except RemoteProtocolError as error:
                log.debug("ignored a message of the server: %s", error)
                continue
            if event is not None:
                self._handle_message(event)

    async def _send_picture(self, capture: Capture) -> None:
        try:
            # Not abandoned when cancelled: it takes milliseconds, and an encoder that still runs
            # while the program exits may crash it.
            jpeg = await trio.to_thread.run_sync(
                capture.encode, self._target.quality, limiter=self._encoder
            )
        except SourceError as error:
            if str(error) != self._reported:
                log.warning("a picture was skipped: %s", error)
                self._reported = str(error)
            return
        await self._send(self._wire.send_frame(jpeg))
        self._progress.frame_sent()

    async def _send(self, data: bytes) -> None:
        """Send it piece by piece; progress counts, not speed."""
        for start in range(0, len(data), PIECE):
            with trio.move_on_after(SEND_TIMEOUT) as sending:
                await self._socket.send_message(data[start : start + PIECE])
            if sending.cancelled_caught:
                # Part of the message may be out: this connection is of no use any more.
                raise ConnectionLostError(f"the server took no data for {SEND_TIMEOUT:g} s")
