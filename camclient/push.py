"""One connection to the server, from TCP to its end.

Some tasks share a connection: the reader of trio-websocket, and those of `camclient.connection`
and `camclient.pulse`. The first that fails ends all, and then the socket is closed, whatever state
the WebSocket is in: after a cancelled send nothing may be sent on it any more, not even a close
frame, and a server that closed first expects TCP to end.
"""

from typing import NoReturn

import trio

from camclient.connection import Connection, MessageHandler, Network, Progress
from camclient.endpoint import Target
from camclient.failures import ConnectionLostError, PushError, diagnose
from camclient.latest import LatestSlot
from camclient.rate import Rate
from camclient.sources.source import Capture
from camclient.stream import connect

CONNECT_TIMEOUT = 10.0  # seconds for name, TCP, TLS and WebSocket handshake together


async def push(
    target: Target,
    pictures: LatestSlot[Capture],
    *,
    rate: Rate,
    progress: Progress,
    handle_message: MessageHandler,
    network: Network | None = None,
) -> NoReturn:
    """Connect, and send the newest picture again and again until something ends it.

    Cancelled: the socket is closed at once; a picture that was being sent is lost.

    Args:
        rate: learns of the link and of what viewers want, and says what to encode.
        handle_message: takes what the server wants of the camera itself.
        network: tells when to look whether this connection can still live.

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
    connection = Connection(target, pictures, rate, progress, handle_message)
    problem: PushError | None = None
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(connection.watch_handshake, stream)
            with trio.move_on_at(deadline) as opening:
                await connection.open(nursery, stream)
            if opening.cancelled_caught:
                raise too_slow
            nursery.start_soon(connection.receive)
            nursery.start_soon(connection.watch)
            nursery.start_soon(connection.take_silence_as_consent)
            if network is not None:
                nursery.start_soon(connection.leave_a_lost_address, network)
            await connection.send_pictures()
    except* Exception as group:
        problem = diagnose(group, connection.closed)
    finally:
        rate.end()
        await stream.aclose()  # closes even when we are cancelled
    assert problem is not None  # send_pictures() does not return; Cancelled has gone upwards
    raise problem
