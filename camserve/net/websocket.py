"""Server-side WebSockets: the one file that leans on names inside trio-websocket.

`trio_websocket.serve_websocket` cannot be used against strangers: a ping after our close frame, or
a handshake that is reset, ends the whole server. `websocket_request` is our way in; whoever
calls it keeps one nursery per connection and lets no exception leave it. The class below also

- hands on the parts of a message as they arrive instead of collecting whole messages, so that a
  publisher's token can be checked before megabytes are held for a stranger;
- goes on reading after any close frame of ours, the library's own 1009 included: bytes left unread
  would turn our close of the socket into a reset, and the reason would be lost on the way;
- throws away what comes then, and answers no ping, which wsproto would refuse with an exception;
- lets others have their turn after each event: 64 KiB can hold ten thousand empty frames;
- hands pieces or short texts to a function at once, without waking a task, for who asks for it;
- says why when what came is against the protocol, and announces every close frame beforehand, so
  that whoever writes past it can stop.

tests/camserve/net/test_websocket.py notices when a name used here changes.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import trio
import trio_websocket
import wsproto
from trio_websocket import CloseReason, ConnectionClosed, WebSocketConnection, WebSocketRequest
from wsproto.connection import ConnectionState
from wsproto.events import (
    BytesMessage,
    CloseConnection,
    Event,
    Ping,
    Pong,
    RejectConnection,
    Request,
    TextMessage,
)

from .gate import Gate
from .plain_answer import plain_answer, send_plain_answer
from .shared_reader import SharedReader
from .shortcut import BINARY, MAX_HEAD_BYTES, SHORT, TEXT, HeadTooLongError, ShortcutStream
from .stream import READ_SIZE, ConnectionStream

__all__ = [
    "CLOSE_TIMEOUT",
    "NETWORK_ERRORS",
    "ConnectionClosed",
    "NoHandshakeError",
    "ServerWebSocket",
    "close_websocket",
    "websocket_request",
]

CLOSE_TIMEOUT = 2.0  # seconds that the other side has to answer our close frame
TOO_LONG = (1009, "WebSocket message too long")
#: Longer messages with pictures go the ordinary way; what is on its way here is held until it is
#: whole.
_LONGEST_SHORTCUT = 64 * 1024  # bytes
_QUEUED_MESSAGES = 1  # what waits in the library; more would be a hidden queue


class ServerWebSocket(WebSocketConnection):
    """One connection, accepted by us. See the top of the file for what differs."""

    def __init__(self, stream: ShortcutStream, *, max_message_bytes: int, in_pieces: bool) -> None:
        self._shortcut = stream
        super().__init__(
            self._shortcut,
            wsproto.WSConnection(wsproto.ConnectionType.SERVER),
            message_queue_size=_QUEUED_MESSAGES,
            max_message_size=max_message_bytes,
            receive_buffer_size=READ_SIZE,
        )
        self._in_pieces = in_pieces
        self._sink: Callable[[bytes], bool] | None = None
        self._size_before = 0
        #: Code and reason of a close frame that is or was sent because of what came: a message
        #: was too long, or against the protocol. Whoever finds it has to `close_websocket` still.
        self.refusal: tuple[int, str] | None = None
        #: Called before a close frame goes out, whoever sends it: nothing may follow it.
        self.before_close: Callable[[], None] = _do_nothing

    def deliver_to(self, sink: Callable[[bytes], bool]) -> bool:
        """From now on give every piece of a binary message to `sink`, when it arrives.

        sink: True when it has more to do: it is called with nothing after others had their turn
        Only with `in_pieces`. What waits in the library comes first; returns False when a text
        message was among it, and then no more is given.
        """
        with suppress(trio.WouldBlock, trio.EndOfChannel, trio.ClosedResourceError):
            while isinstance(waiting := self._recv_channel.receive_nowait(), bytes):
                self._shortcut.unfinished = sink(waiting)
            return False
        self._sink = sink
        longest = min(_LONGEST_SHORTCUT, self._max_message_size)
        self._shortcut.take_messages(BINARY, longest, self._take_whole)
        return True

    def _take_whole(self, message: bytes) -> bool:
        if self._sink is not None and self.closed is None:
            self._shortcut.unfinished = self._sink(message)
        else:
            self._shortcut.unfinished = False
        return True

    def take_short_texts(
        self, take: Callable[[bytes], bool], reader: SharedReader, stream: ConnectionStream
    ) -> None:
        """From now on offer every text message of at most 125 bytes to `take`, as UTF-8.

        take: False: this one has to wait for `get_message` like all others
        reader: reads for this connection from now on; `stream` is the one that it lies on
        """
        self._shortcut.take_messages(TEXT, SHORT, take)
        self._shortcut.read_by(reader, stream)

    async def _accept(
        self, request: Request, subprotocol: str | None, extra_headers: list[tuple[bytes, bytes]]
    ) -> None:
        self._shortcut.handshake_done()
        await super()._accept(request, subprotocol, extra_headers)

    async def _send(self, event: Event) -> None:
        if isinstance(event, CloseConnection):
            self.before_close()
        await super()._send(event)

    async def _handle_message_event(self, event: BytesMessage | TextMessage) -> None:
        if self.closed is not None:
            await trio.lowlevel.checkpoint()
            return
        if self._in_pieces:
            # The library's own limit goes on counting whole messages.
            self._message_size = self._size_before
            self._size_before += len(event.data)
            if event.message_finished:
                self._size_before = 0
            event = replace(event, message_finished=True)
        # Known before the library acts on it: whoever waits for a message is woken by that.
        if self._message_size + len(event.data) > self._max_message_size:
            self.refusal = TOO_LONG
        elif self._sink is not None and isinstance(event, BytesMessage):
            # Behind what was not finished, and before the shortcut takes anything more.
            self._shortcut.unfinished = self._sink(bytes(event.data))
            await trio.lowlevel.checkpoint()
            return
        await super()._handle_message_event(event)
        if self.refusal is not None:
            self._reader_running = True

    async def _handle_close_connection_event(self, event: CloseConnection) -> None:
        if self._wsproto.state not in (ConnectionState.OPEN, ConnectionState.LOCAL_CLOSING):
            await super()._handle_close_connection_event(event)
            return
        # Not the other side's close: what it sent is against the protocol (1002) or no UTF-8
        # (1007), and wsproto leaves it to us to say so, unless we have closed already.
        if self._wsproto.state is ConnectionState.OPEN:
            self.refusal = code, reason = int(event.code), event.reason or ""
            # In advance, so that nobody tries to send meanwhile.
            self._close_reason = CloseReason(code, reason)
            await self._send(event)
            await self._close_web_socket(code, reason)
        # Nobody knows any more where a frame begins, not even that of an answer.
        while await self._stream.receive_some(READ_SIZE):
            pass

    async def _handle_ping_event(self, event: Ping) -> None:
        if self.closed is None:
            await super()._handle_ping_event(event)
        else:
            await trio.lowlevel.checkpoint()

    async def _handle_pong_event(self, event: Pong) -> None:
        await super()._handle_pong_event(event)
        await trio.lowlevel.checkpoint()


def _do_nothing() -> None:
    pass


class NoHandshakeError(Exception):
    """The other side left, or asked for something that is no WebSocket (and was answered)."""


async def websocket_request(
    nursery: trio.Nursery,
    stream: trio.abc.Stream,
    *,
    max_message_bytes: int,
    max_head_bytes: int = MAX_HEAD_BYTES,
    in_pieces: bool = False,
) -> WebSocketRequest:
    """Read a handshake from `stream`; the answer is left to the caller.

    max_message_bytes: a longer message is answered with close code 1009
    max_head_bytes: a longer request is answered with status 431
    in_pieces: hand on each part of a binary message when it arrives

    Waits for ever when the other side never asks: the time limit belongs to the caller.
    Whatever the other side does may raise in `nursery`.

    Raises:
        NoHandshakeError: there will be no handshake.
    """
    shortcut = ShortcutStream(stream, max_head_bytes)
    connection = ServerWebSocket(shortcut, max_message_bytes=max_message_bytes, in_pieces=in_pieces)
    asking = trio.CancelScope()

    async def read() -> None:
        try:
            await connection._reader_task()
        except UnicodeError:
            # wsproto decodes header fields in which h11 lets any byte pass.
            await connection._send(RejectConnection(status_code=400))
        except HeadTooLongError:
            if isinstance(stream, Gate):
                stream.open()  # what comes now is thrown away
            await send_plain_answer(stream, plain_answer(431))
        asking.cancel()

    nursery.start_soon(read)
    with asking:
        return await connection._get_request()
    raise NoHandshakeError


async def close_websocket(connection: WebSocketConnection, code: int, reason: str) -> None:
    """Send a close frame, unless one was sent, then read on until the other side answers.

    Returns at the answer or after CLOSE_TIMEOUT seconds; dropping TCP is left to the caller.
    """
    with trio.move_on_after(CLOSE_TIMEOUT):
        await connection.aclose(code, reason)
        # When the library has sent a close frame by itself, aclose returns at once.
        await connection._close_handshake.wait()


#: What a connection raises when the other side misbehaves or is gone: no fault of ours.
NETWORK_ERRORS = (
    OSError,
    trio.BrokenResourceError,
    trio.ClosedResourceError,
    ConnectionClosed,
    trio_websocket.HandshakeError,
    NoHandshakeError,
    wsproto.utilities.ProtocolError,
)
