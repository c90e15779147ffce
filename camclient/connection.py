"""The tasks of one connection: pictures go one way, messages come the other.

A picture is chosen when the link is free for it, and encoded then. So one picture is under way, or
as many as a round trip to a distant server holds, and none waits; see `camclient.link`.
"""

import logging
from collections.abc import Callable
from math import inf
from typing import NoReturn, Protocol, cast

import trio
from trio_websocket import CloseReason, WebSocketConnection, wrap_client_stream

from camclient.endpoint import Target
from camclient.failures import ConnectionLostError
from camclient.latest import LatestSlot
from camclient.link import INSTANT, SMALL_BACKLOG
from camclient.pulse import Pulse
from camclient.rate import Rate
from camclient.sources.source import Capture, SourceError
from camclient.stream import WatchedStream
from camserve.wire import (
    SUBPROTOCOL,
    BackChannelEvent,
    ClientConnection,
    DemandReceived,
    RemoteProtocolError,
)

KEEP_ALIVE_INTERVAL = 5.0  # seconds without a picture; the server waits for 20
#: How often TCP is asked, where a ping would tell more but may not be sent yet.
BACKLOG_INTERVAL = 0.05  # seconds
#: A picture from longer before the connection is not sent: there will be a new one at once.
FRESH = 1.0  # seconds
#: On a narrow link a picture from longer ago gives way to the next one of the camera.
JUST_NOW = 0.1  # seconds
#: A server that did not refuse for this long has let us in.
LET_IN = 1.0  # seconds
#: A picture goes out in messages of this size, whose boundaries mean nothing to the server. Pings
#: and their answers pass in between, so that a picture may take long on a slow line. Where that
#: takes no time, larger pieces cost less CPU.
PIECE, LARGE_PIECE = 8 * 1024, 64 * 1024  # bytes
NO_TIME = 0.1  # seconds for a large piece
MAX_MESSAGE_BYTES = 64 * 1024  # what the server sends has 12 bytes; this is for what it may become

log = logging.getLogger(__name__)

MessageHandler = Callable[[BackChannelEvent], None]


class Progress(Protocol):
    """Is told how a connection is doing, on the event loop."""

    def connected(self) -> None:
        """The server has let us in: it sent something, or did not refuse for a second."""

    def frame_sent(self) -> None:
        """One more picture has been handed to the network."""


class Network(Protocol):
    """Tells of changes of the network; see `camclient.network.NetworkWatcher`."""

    async def wait(self) -> None:
        """Return when something changed."""


class Connection:
    """The tasks of one connection, and what they share."""

    def __init__(
        self,
        target: Target,
        pictures: LatestSlot[Capture],
        rate: Rate,
        progress: Progress,
        handle_message: MessageHandler,
    ) -> None:
        self._target = target
        self._pictures = pictures
        self._rate = rate
        self._progress = progress
        self._handle_message = handle_message
        self._wire = ClientConnection()
        self._opened = self._let_in = False
        self._socket: WebSocketConnection
        self._stream: WatchedStream
        self._pulse: Pulse
        self._began = -inf  # the last picture
        self._encoder = trio.CapacityLimiter(1)
        self._reported: str | None = None

    async def open(self, nursery: trio.Nursery, stream: WatchedStream) -> None:
        """Do the WebSocket handshake; the reader goes on in the nursery."""
        endpoint = self._target.endpoint
        self._stream = stream
        began = trio.current_time()
        self._socket = await wrap_client_stream(
            nursery,
            # Any stream will do: it calls send_all, receive_some and aclose, and nothing else.
            cast("trio.SocketStream", stream),
            endpoint.authority,
            endpoint.resource,
            subprotocols=[SUBPROTOCOL],
            max_message_size=MAX_MESSAGE_BYTES,
        )
        self._opened = True
        rate = self._rate
        rate.begin(round_trip=trio.current_time() - began)
        agreed = self._socket.subprotocol == SUBPROTOCOL
        self._pulse = Pulse(nursery, stream, self._socket, rate, agreed=agreed)

    @property
    def closed(self) -> CloseReason | None:
        """How the WebSocket ended; None when it never began, or has not ended."""
        return self._socket.closed if self._opened else None

    async def watch_handshake(self, stream: WatchedStream) -> None:
        """Fail when the stream ends before the handshake does."""
        await stream.ended.wait()
        if not self._opened:
            raise ConnectionLostError("the server hung up during the WebSocket handshake")

    async def watch(self) -> NoReturn:
        """See `Pulse.watch`."""
        await self._pulse.watch()

    async def send_pictures(self) -> NoReturn:
        """Say hello, then always send the newest picture, or a sign of life when there is none."""
        await self._send(self._wire.send_hello(self._target.camera_id, self._target.token))
        self._pictures.clear(older_than=FRESH)
        while True:
            await self._wait_for_link()
            await self._wait_until_due()
            with trio.move_on_after(KEEP_ALIVE_INTERVAL) as waiting:
                capture = await self._pictures.get()
            self._rate.hurry(False)
            if waiting.cancelled_caught:
                await self._send(self._wire.send_keep_alive())
            else:
                await self._send_picture(capture)

    async def leave_a_lost_address(self, network: Network) -> NoReturn:
        """Where this computer has got another address, nobody answers to the old one any more."""
        while True:
            await network.wait()
            if self._stream.has_lost_address:
                raise ConnectionLostError("this computer has another address now")

    async def take_silence_as_consent(self) -> None:
        """The protocol has no word for "welcome"."""
        await trio.sleep(LET_IN)
        self._welcome()

    async def receive(self) -> NoReturn:
        """Take every message as it comes: while one lies there, pings and closes go unread."""
        while True:
            message = await self._socket.get_message()
            self._welcome()
            if isinstance(message, str):
                continue  # the protocol has no text; a newer server may
            try:
                event = self._wire.receive_message(message)
            except RemoteProtocolError as error:
                log.debug("ignored a message of the server: %s", error)
                continue
            if isinstance(event, DemandReceived):
                log.debug("viewers want %g fps, width %d", event.fps, event.width)
                self._rate.demanded(event.fps, event.width)
            elif event is not None:
                self._handle_message(event)

    async def _send_picture(self, capture: Capture) -> None:
        rate = self._rate
        rate.encodes = not capture.quick
        try:
            if capture.quick:
                jpeg = capture.encode(rate.quality, rate.width)
            else:
                # Not abandoned when cancelled: it takes milliseconds, and an encoder that still
                # runs while the program exits may crash it.
                jpeg = await trio.to_thread.run_sync(
                    capture.encode, rate.quality, rate.width, limiter=self._encoder
                )
        except SourceError as error:
            if str(error) != self._reported:
                log.warning("a picture was skipped: %s", error)
                self._reported = str(error)
            return
        measures = rate.link.is_to_measure(len(jpeg)) and self._pulse.may_ping
        if measures:
            await self._pulse.ping()
        rate.link.begin(len(jpeg))
        self._began = trio.current_time()
        await self._send(self._wire.send_frame(jpeg))
        rate.link.end()
        if measures:
            await self._pulse.ping(measures=True)
        rate.meter.frame_sent(len(jpeg))
        rate.picture_sent()
        self._progress.frame_sent()

    async def _wait_for_link(self) -> None:
        """Return when a picture that is sent now does not queue up behind others."""
        link, pulse = self._rate.link, self._pulse
        while delay := link.delay(self._stream.unacknowledged):
            if delay == inf and not link.waits_for_answer:
                if pulse.may_ping:
                    await pulse.ping(measures=True)
                elif (self._stream.unacknowledged or 0) <= SMALL_BACKLOG:
                    return
                else:
                    delay = BACKLOG_INTERVAL
            await pulse.wait_answer(delay)

    async def _wait_until_due(self) -> None:
        """On a narrow link: wait for our turn, and then have a picture taken, as old ones wait."""
        rate = self._rate
        while (left := self._began + rate.interval - trio.current_time()) > 0:
            await self._pulse.wait_answer(max(left, INSTANT))
        if rate.interval:
            self._pictures.clear(older_than=JUST_NOW)
            rate.hurry(True)

    async def _send(self, data: bytes) -> None:
        """Send it piece by piece: pings and their answers pass in between."""
        cost = self._rate.link.seconds_per_byte
        size = PIECE if cost is None or cost * LARGE_PIECE > NO_TIME else LARGE_PIECE
        for start in range(0, len(data), size):
            await self._socket.send_message(data[start : start + size])

    def _welcome(self) -> None:
        if not self._let_in:
            self._let_in = True
            self._progress.connected()
