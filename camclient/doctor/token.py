"""Whether the server lets this camera in."""

import trio

from camclient.doctor.server import Line
from camserve.wire import DemandReceived, RemoteProtocolError

#: A server may look into its database once more before it refuses, up to a second each for id and
#: token; one that accepts says so at once, if it speaks to cameras at all.
SILENCE = 3.0  # seconds


async def check_token(line: Line, camera_id: int, token: str, *, silence: float = SILENCE) -> str:
    """Say who we are and listen for a refusal; what came of it, in words.

    A connection that this camera has already is closed by the server.

    silence: seconds without a refusal that count as a welcome.
    Raises: ConnectionClosed with the server's reason.
    """
    await line.socket.send_message(line.wire.send_hello(camera_id, token))
    with trio.move_on_after(silence):
        while not _is_demand(line, await line.socket.get_message()):
            pass
        return f"the server takes us for camera {camera_id}"
    return f"the server does not refuse us as camera {camera_id}"


def _is_demand(line: Line, message: str | bytes) -> bool:
    try:
        return isinstance(message, bytes) and isinstance(
            line.wire.receive_message(message), DemandReceived
        )
    except RemoteProtocolError:
        return False
