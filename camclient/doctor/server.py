"""A connection to the server, for the checks of server, token and link."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import trio
from trio_websocket import WebSocketConnection, wrap_client_stream

from camclient.doctor.answer import OverheardStream, read_answer
from camclient.doctor.trouble import (
    Trouble,
    another_language,
    hung_up,
    no_answer,
    no_connection,
    rejected,
    silence,
)
from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError, PushError, diagnose
from camclient.stream import WatchedStream, connect
from camserve.wire import SUBPROTOCOL, ClientConnection

SERVER_TIMEOUT = 7.0  # seconds for name, TCP, TLS and WebSocket together
MAX_MESSAGE_BYTES = 64 * 1024  # a camera gets 12; as in `push`


@dataclass(frozen=True, slots=True)
class Line:
    """An open WebSocket.

    Attributes:
        seconds: what name, TCP, TLS and WebSocket handshake took together.
    """

    socket: WebSocketConnection
    seconds: float
    wire: ClientConnection

    @property
    def tells_demand(self) -> bool:
        """Whether the server speaks to cameras as soon as it has verified them."""
        return self.socket.subprotocol == SUBPROTOCOL


@asynccontextmanager
async def dial(
    endpoint: Endpoint,
    ssl_context: ssl.SSLContext | None = None,
    *,
    patience: float = SERVER_TIMEOUT,
) -> AsyncIterator[Line]:
    """Connect, and hang up at the end of the block.

    Args:
        ssl_context: for `wss`; None: the system's authorities.
        patience: seconds until the WebSocket is open.

    Raises:
        PushError: no connection (a `Trouble`), or it ended within the block, with the server's
            reason if it gave one.
    """
    began = trio.current_time()
    stream = await _connect(endpoint, ssl_context, patience)
    overheard = OverheardStream(stream)
    socket: WebSocketConnection | None = None
    problem: PushError | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_watch_handshake, stream, opened := trio.Event())
            with trio.move_on_at(began + patience):
                socket = await wrap_client_stream(
                    nursery,
                    # As in `push`: any stream will do.
                    cast("trio.SocketStream", overheard),
                    endpoint.authority,
                    endpoint.resource,
                    subprotocols=[SUBPROTOCOL],
                    max_message_size=MAX_MESSAGE_BYTES,
                )
                opened.set()
            if socket is None:
                raise silence(endpoint, patience)
            yield Line(socket, trio.current_time() - began, ClientConnection())
            nursery.cancel_scope.cancel()
    except* Exception as group:
        problem = diagnose(group, None if socket is None else socket.closed)
    finally:
        await stream.aclose()  # closes even when we are cancelled
    if problem is not None and socket is None:
        otherwise = problem if isinstance(problem, Trouble) else hung_up(endpoint)
        raise _why_not_open(endpoint, overheard.heard, otherwise)
    if problem is not None:
        raise problem


async def _connect(
    endpoint: Endpoint, ssl_context: ssl.SSLContext | None, patience: float
) -> WatchedStream:
    try:
        with trio.fail_after(patience):
            return await connect(endpoint, ssl_context)
    except trio.TooSlowError:
        raise no_answer(endpoint, patience) from None
    except ConnectionLostError as error:
        raise no_connection(endpoint, error) from error


async def _watch_handshake(stream: WatchedStream, opened: trio.Event) -> None:
    """Nothing else wakes the library's handshake when the server hangs up during it."""
    await stream.ended.wait()
    if not opened.is_set():
        raise ConnectionLostError("hung up")


def _why_not_open(endpoint: Endpoint, heard: bytes, otherwise: Trouble) -> Trouble:
    """Why the handshake failed; `otherwise` when the server said nothing."""
    if not heard:
        return otherwise
    answer = read_answer(heard)
    return another_language(endpoint, heard) if answer is None else rejected(endpoint, answer)
