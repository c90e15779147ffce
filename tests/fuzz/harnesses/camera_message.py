"""What a server says to a camera is understood or refused, and can be followed."""

from math import inf

from camserve.wire import (
    ClientConnection,
    DemandReceived,
    MoveReceived,
    RemoteProtocolError,
    UpdateRequested,
    encode_demand,
    encode_move,
    encode_update,
)


def check(data: bytes) -> None:
    try:
        event = ClientConnection().receive_message(data)
    except RemoteProtocolError:
        return
    if isinstance(event, MoveReceived):
        assert encode_move(event.x, event.y) == data
    elif isinstance(event, DemandReceived):
        assert 0 <= event.fps < inf
        assert encode_demand(event.fps, event.width) == data or event.fps == 0  # minus zero
    elif isinstance(event, UpdateRequested):
        assert encode_update() == data
