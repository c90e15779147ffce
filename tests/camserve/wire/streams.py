"""Byte streams for the tests: built by hand, cut in pieces, fed to a connection."""

import struct
from collections.abc import Callable, Iterable
from itertools import pairwise

import pytest
from hypothesis import strategies as st

from camserve.wire import (
    CameraIdReceived,
    FrameReceived,
    KeepAliveReceived,
    PublisherEvent,
    RemoteProtocolError,
    ServerConnection,
    TokenReceived,
    Waiting,
)

Cut = Callable[[bytes], list[bytes]]


def int32(number: int) -> bytes:
    return struct.pack("<i", number)


def hello(camera_id: int = 7, token: bytes = b"token") -> bytes:
    """What a publisher sends first, made without our encoder."""
    return int32(camera_id) + int32(len(token)) + token


def frame(payload: bytes) -> bytes:
    return int32(len(payload)) + payload


def whole(data: bytes) -> list[bytes]:
    return [data]


def bytewise(data: bytes) -> list[bytes]:
    return [data[i : i + 1] for i in range(len(data))]


#: h11's manner: every case once in one piece, once byte by byte.
both_ways = pytest.mark.parametrize("cut", [whole, bytewise])


Outcome = tuple[list[PublisherEvent], tuple[int, str] | None]


def run(connection: ServerConnection, pieces: Iterable[bytes], *, accept: bool = True) -> Outcome:
    """Feed the pieces and ask after each, accepting tokens if told.

    Gives the events and the code and reason of the error that ended it.
    """
    events: list[PublisherEvent] = []
    try:
        for piece in pieces:
            connection.receive_data(piece)
            while not isinstance(event := connection.next_event(), Waiting):
                events.append(event)
                if accept and isinstance(event, TokenReceived):
                    connection.accept()
    except RemoteProtocolError as error:
        return events, (error.code, error.reason)
    return events, None


def verified(**limits: int) -> ServerConnection:
    """A connection whose token was accepted."""
    connection = ServerConnection(**limits)
    assert run(connection, [hello()]) == ([CameraIdReceived(7), TokenReceived("token")], None)
    return connection


def cut_at(data: bytes, places: Iterable[int]) -> list[bytes]:
    """The data in pieces, cut at each place that lies in it; pieces may be empty."""
    edges = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(edges)]


#: Where to cut a stream; see `cut_at`.
places = st.lists(st.integers(min_value=0, max_value=2**20), max_size=20)
int32s = st.integers(min_value=-(2**31), max_value=2**31 - 1)
#: Any text that can be encoded, 1 to 1024 bytes long.
tokens = st.text(min_size=1, max_size=300).filter(lambda t: 1 <= len(t.encode()) <= 1024)
#: Payloads of frames; an empty one is a keep-alive.
payloads = st.lists(st.binary(max_size=200), max_size=10)


def frame_events(frames: Iterable[bytes]) -> list[PublisherEvent]:
    return [FrameReceived(p) if p else KeepAliveReceived() for p in frames]
