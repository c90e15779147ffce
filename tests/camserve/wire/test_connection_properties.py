import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.wire import (
    MAX_TOKEN_BYTES,
    MAX_UNVERIFIED_BYTES,
    CameraIdReceived,
    FrameReceived,
    RemoteProtocolError,
    ServerConnection,
    State,
    TokenReceived,
    Waiting,
)

from .streams import (
    cut_at,
    frame,
    frame_events,
    hello,
    int32,
    int32s,
    payloads,
    places,
    run,
    tokens,
    verified,
)

pytestmark = pytest.mark.fuzz

LIMIT = 100

#: Bytes that go deeper into the states than noise does: noise, lengths, hellos and frames mixed.
almost_streams = st.lists(
    st.one_of(
        st.binary(max_size=50),
        int32s.map(int32),
        st.integers(min_value=-2, max_value=LIMIT + 2).map(int32),
        st.builds(hello, int32s, st.binary(max_size=40)),
        st.binary(max_size=LIMIT + 2).map(frame),
    ),
    max_size=12,
).map(b"".join)


@given(int32s, tokens, payloads, places)
def test_cuts_mean_nothing(
    camera_id: int, token: str, frames: list[bytes], where: list[int]
) -> None:
    """Any hello and frames, cut anywhere, give the same events."""
    stream = hello(camera_id, token.encode()) + b"".join(map(frame, frames))
    assert run(ServerConnection(), cut_at(stream, where)) == (
        [CameraIdReceived(camera_id), TokenReceived(token), *frame_events(frames)],
        None,
    )


@given(almost_streams, places, st.booleans())
def test_any_bytes_in_any_cut_end_alike(data: bytes, where: list[int], accept: bool) -> None:
    """Arbitrary bytes give the same events and the same error, or none, however they are cut."""
    # `run` catches RemoteProtocolError only: anything else fails the test.
    at_once = run(ServerConnection(max_frame_bytes=LIMIT), [data], accept=accept)
    in_pieces = run(ServerConnection(max_frame_bytes=LIMIT), cut_at(data, where), accept=accept)
    assert in_pieces == at_once


@given(almost_streams, places, st.booleans())
def test_it_never_holds_more_than_the_limits_say(
    data: bytes, where: list[int], accept: bool
) -> None:
    """After all events are taken, less is held than the longest thing that may still arrive."""
    connection = ServerConnection(max_frame_bytes=LIMIT)
    for piece in cut_at(data, where):
        _, error = run(connection, [piece], accept=accept)
        if error is not None:
            assert connection.buffered_bytes == 0
        elif connection.state is State.UNVERIFIED:
            assert connection.buffered_bytes <= MAX_UNVERIFIED_BYTES
        elif connection.state in {State.FRAME_LENGTH, State.FRAME_PAYLOAD}:
            assert connection.buffered_bytes < LIMIT
        else:
            assert connection.buffered_bytes < MAX_TOKEN_BYTES


@given(st.lists(st.integers(min_value=0, max_value=40_000), max_size=8), st.booleans())
def test_strangers_cannot_fill_the_memory(sizes: list[int], asks: bool) -> None:
    """Before the token is accepted never more than MAX_UNVERIFIED_BYTES are held, asked or not."""
    connection = ServerConnection()
    run(connection, [hello()], accept=False)
    fed = 0
    for size in sizes:
        connection.receive_data(bytes(size))
        fed += size
        too_much = fed > MAX_UNVERIFIED_BYTES
        assert connection.buffered_bytes == (0 if too_much else fed)
        if asks and too_much:
            with pytest.raises(RemoteProtocolError):
                connection.next_event()
        elif asks:
            assert isinstance(connection.next_event(), Waiting)


@given(almost_streams, st.lists(st.binary(max_size=50), min_size=1, max_size=5))
def test_errors_are_for_ever(data: bytes, later: list[bytes]) -> None:
    """After an error every further piece gives no event, holds nothing and raises it again."""
    connection = ServerConnection(max_frame_bytes=LIMIT)
    _, error = run(connection, [data])
    if error is None:
        _, error = run(connection, [bytes(LIMIT), int32(-1) * (MAX_UNVERIFIED_BYTES // 4)])
    assert error is not None
    for piece in later:
        assert run(connection, [piece]) == ([], error)
        assert connection.buffered_bytes == 0
        assert connection.state is State.ERROR


@given(
    int32s.filter(lambda n: not 0 <= n <= LIMIT),
    st.binary(max_size=3000),
    payloads.map(lambda frames: [f[:LIMIT] for f in frames]),
    places,
)
def test_refusal_is_at_the_length(
    length: int, announced: bytes, frames: list[bytes], where: list[int]
) -> None:
    """No byte behind a length out of range is kept, whatever comes before and with it."""
    connection = verified(max_frame_bytes=LIMIT)
    stream = b"".join(map(frame, frames)) + int32(length) + announced
    events, error = run(connection, cut_at(stream, where))
    assert events == frame_events(frames)
    assert error is not None
    assert error[0] == (1002 if length < 0 else 1009)
    assert str(length) in error[1]
    assert connection.buffered_bytes == 0


@given(int32s.filter(lambda n: not 1 <= n <= MAX_TOKEN_BYTES), st.binary(max_size=3000), places)
def test_refusal_is_at_the_tokens_length(length: int, token: bytes, where: list[int]) -> None:
    """No byte behind a token length out of range is kept."""
    connection = ServerConnection()
    events, error = run(connection, cut_at(int32(1) + int32(length) + token, where))
    assert (events, error) == ([CameraIdReceived(1)], (1008, "Invalid token"))
    assert connection.buffered_bytes == 0


@given(st.binary(min_size=1, max_size=LIMIT))
def test_reasons_fit_into_a_close_frame(data: bytes) -> None:
    """Every reason has at most 123 bytes, which is what RFC 6455 leaves for it."""
    for length in (-(2**31), 2**31 - 1):
        _, error = run(verified(), [frame(data) + int32(length)])
        assert error is not None
        assert len(error[1].encode()) <= 123


@given(st.binary(min_size=1, max_size=LIMIT), places)
def test_a_payload_is_passed_on_unchanged(payload: bytes, where: list[int]) -> None:
    """A frame's payload is handed out byte for byte, JPEG or not."""
    events, _ = run(verified(max_frame_bytes=LIMIT), cut_at(frame(payload), where))
    assert events == [FrameReceived(payload)]
