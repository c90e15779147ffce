"""What a session needs of the connection under it, and the same for a WebSocket."""

from collections.abc import Callable
from typing import Protocol

import trio

from camserve.net.gate import Gate
from camserve.net.websocket import ConnectionClosed, ServerWebSocket, close_websocket
from camserve.wire import RemoteProtocolError


class Disconnected(Exception):  # noqa: N818 - an event of the connection, not a fault
    """The other side is gone; there is nobody to send a close code to."""


class TextReceived(Exception):  # noqa: N818
    """The other side sent a text message; the ingest protocol has binary ones only."""


class Transport(Protocol):
    """A publisher's connection: one byte stream in, whole messages out."""

    @property
    def subprotocol(self) -> str | None:
        """What both sides agreed on in the handshake; None: nothing."""

    async def receive(self) -> bytes:
        """Wait for some bytes of the stream, in order; where they are cut means nothing.

        Raises:
            Disconnected: the connection ended.
            TextReceived: a text message came.
            RemoteProtocolError: a message was too long or no WebSocket message at all; the other
                side has been told, but `close` has to follow all the same.
        """

    async def deliver(self, sink: Callable[[bytes], bool]) -> None:
        """Give all that arrives from now on to `sink`, until the connection ends; never returns.

        sink: True when it is to be called with nothing again, after others had their turn

        Raises: as `receive`.
        """

    async def send(self, message: bytes) -> None:
        """Send one binary message.

        Raises:
            Disconnected: the connection ended.
        """

    async def ping(self) -> None:
        """Send a ping and wait, perhaps for ever, for its answer.

        Raises:
            Disconnected: the connection ended.
        """

    async def close(self, code: int, reason: str) -> None:
        """Tell the other side why, and give it a moment to answer."""

    def verified(self) -> None:
        """The other side has proved who it is: read on without a limit."""


class WebSocketTransport:
    """authenticated: called when the other side has proved who it is"""

    def __init__(
        self, connection: ServerWebSocket, gate: Gate, authenticated: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._gate = gate
        self._authenticated = authenticated
        self._sent_half = False

    @property
    def subprotocol(self) -> str | None:
        return self._connection.subprotocol

    async def receive(self) -> bytes:
        try:
            message = await self._connection.get_message()
        except ConnectionClosed as error:
            if self._connection.refusal is not None:
                raise RemoteProtocolError(*self._connection.refusal) from None
            raise Disconnected from error
        if isinstance(message, str):
            raise TextReceived
        return message

    async def deliver(self, sink: Callable[[bytes], bool]) -> None:
        if not self._connection.deliver_to(sink):
            raise TextReceived
        while True:
            # Nothing but the end, or text.
            await self.receive()

    async def send(self, message: bytes) -> None:
        self._sent_half = True
        try:
            await self._connection.send_message(message)
        except ConnectionClosed as error:
            raise Disconnected from error
        self._sent_half = False

    async def ping(self) -> None:
        try:
            await self._connection.ping()
        except ConnectionClosed as error:
            raise Disconnected from error

    async def close(self, code: int, reason: str) -> None:
        if self._sent_half:
            # A send was cancelled: the close frame would land in the middle of a message.
            await trio.lowlevel.checkpoint()
            return
        # What comes now is read to be thrown away, so it needs no bound.
        self._gate.open()
        await close_websocket(self._connection, code, reason)

    def verified(self) -> None:
        self._gate.open()
        self._authenticated()
