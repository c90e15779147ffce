"""An old viewer's bytes give the same events in any cut: one info, then moves within -1 to 1."""

from camserve.wire import (
    ClientInfoReceived,
    MoveReceived,
    RemoteProtocolError,
    ViewerConnection,
    ViewerEvent,
    Waiting,
)
from camserve.wire.limits import MAX_VIEWER_BYTES
from tests.fuzz.cutting import cut

Outcome = tuple[list[ViewerEvent], tuple[int, str] | None]


def check(data: bytes) -> None:
    pieces = cut(data)
    whole = b"".join(pieces)
    outcome = events, error = read(pieces)
    assert outcome == read([whole])
    assert outcome == read([whole[at : at + 1] for at in range(len(whole))])
    for number, event in enumerate(events):
        if number == 0:
            assert isinstance(event, ClientInfoReceived)
            assert event.token is None or event.token.encode() is not None
        else:
            assert isinstance(event, MoveReceived)
            assert -1 <= event.x <= 1
            assert -1 <= event.y <= 1
    assert error is None or len(error[1].encode()) <= 123


def read(pieces: list[bytes]) -> Outcome:
    connection = ViewerConnection()
    events: list[ViewerEvent] = []
    try:
        for piece in pieces:
            connection.receive_data(piece)
            while not isinstance(event := connection.next_event(), Waiting):
                events.append(event)
            assert connection.buffered_bytes <= MAX_VIEWER_BYTES
    except RemoteProtocolError as error:
        assert connection.buffered_bytes == 0
        return events, (error.code, error.reason)
    return events, None
