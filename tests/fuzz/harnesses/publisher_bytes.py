"""A publisher's bytes give the same events in any cut, and never more is held than is allowed.

Before the token is accepted that is MAX_UNVERIFIED_BYTES; afterwards less than the longest frame.
"""

import pytest

from camserve.wire import (
    MAX_TOKEN_BYTES,
    MAX_UNVERIFIED_BYTES,
    ServerConnection,
    State,
    TokenReceived,
    Waiting,
)
from camserve.wire.errors import RemoteProtocolError
from camserve.wire.events import PublisherEvent
from tests.fuzz.cutting import cut

LIMIT = 64 * 1024  # bytes of a frame; longer than inputs are
LONGEST_REASON = 123  # bytes; RFC 6455, section 5.5

Outcome = tuple[list[PublisherEvent], tuple[int, str] | None]


def check(data: bytes) -> None:
    pieces = cut(data)
    whole = b"".join(pieces)
    outcome = read(pieces)
    assert outcome == read([whole])
    assert outcome == read([whole[at : at + 1] for at in range(len(whole))])
    events, _ = read(pieces, accept=False)
    assert len(events) <= 2, "nothing is told of what follows a token that was not accepted"


def read(pieces: list[bytes], *, accept: bool = True) -> Outcome:
    connection = ServerConnection(max_frame_bytes=LIMIT)
    events: list[PublisherEvent] = []
    try:
        for piece in pieces:
            connection.receive_data(piece)
            while not isinstance(event := connection.next_event(), Waiting):
                events.append(event)
                if accept and isinstance(event, TokenReceived):
                    connection.accept()
            assert_bounded(connection)
    except RemoteProtocolError as error:
        assert_over(connection, error)
        return events, (error.code, error.reason)
    return events, None


def assert_bounded(connection: ServerConnection) -> None:
    if connection.state is State.UNVERIFIED:
        assert connection.buffered_bytes <= MAX_UNVERIFIED_BYTES
    elif connection.state in {State.FRAME_LENGTH, State.FRAME_PAYLOAD}:
        assert connection.buffered_bytes < LIMIT
    else:
        assert connection.buffered_bytes < MAX_TOKEN_BYTES


def assert_over(connection: ServerConnection, error: RemoteProtocolError) -> None:
    assert len(error.reason.encode()) <= LONGEST_REASON
    connection.receive_data(b"more")
    assert connection.buffered_bytes == 0
    with pytest.raises(RemoteProtocolError) as again:
        connection.next_event()
    assert again.value.args == error.args, "an error is for ever"
