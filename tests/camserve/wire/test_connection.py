import itertools

import pytest

from camserve.wire import (
    MAX_FRAME_BYTES,
    MAX_TOKEN_BYTES,
    MAX_UNVERIFIED_BYTES,
    NEED_DATA,
    PAUSED,
    CameraIdReceived,
    FrameReceived,
    KeepAliveReceived,
    LocalProtocolError,
    RemoteProtocolError,
    ServerConnection,
    State,
    TokenReceived,
)

from .streams import Cut, both_ways, frame, hello, int32, run, verified, whole

INVALID_TOKEN = (1008, "Invalid token")


@both_ways
def test_hello_and_frames(cut: Cut) -> None:
    stream = hello(7, b"secret") + frame(b"first") + int32(0) + frame(b"second")
    assert run(ServerConnection(), cut(stream)) == (
        [
            CameraIdReceived(7),
            TokenReceived("secret"),
            FrameReceived(b"first"),
            KeepAliveReceived(),
            FrameReceived(b"second"),
        ],
        None,
    )


@both_ways
@pytest.mark.parametrize("camera_id", [0, -1, 2**31 - 1, -(2**31)])
def test_every_id_is_handed_to_the_caller(cut: Cut, camera_id: int) -> None:
    events, error = run(ServerConnection(), cut(int32(camera_id)))
    assert (events, error) == ([CameraIdReceived(camera_id)], None)


@both_ways
@pytest.mark.parametrize("token", ["x", "häß", "x" * MAX_TOKEN_BYTES, "a\0b"])
def test_every_token_is_handed_to_the_caller(cut: Cut, token: str) -> None:
    events, error = run(ServerConnection(), cut(hello(1, token.encode())))
    assert (events, error) == ([CameraIdReceived(1), TokenReceived(token)], None)


@both_ways
@pytest.mark.parametrize("length", [0, -1, -(2**31), MAX_TOKEN_BYTES + 1, 2**31 - 1])
def test_a_wrong_token_length_is_refused_before_the_token(cut: Cut, length: int) -> None:
    connection = ServerConnection()
    events, error = run(connection, cut(int32(1) + int32(length)))
    assert (events, error) == ([CameraIdReceived(1)], INVALID_TOKEN)


@both_ways
@pytest.mark.parametrize("token", [b"\xff", b"ok\xc3", b"\xed\xa0\x80"])
def test_a_token_that_is_no_text_is_refused(cut: Cut, token: bytes) -> None:
    events, error = run(ServerConnection(), cut(hello(1, token)))
    assert (events, error) == ([CameraIdReceived(1)], INVALID_TOKEN)


def test_the_error_of_a_token_that_is_no_text_does_not_carry_it() -> None:
    connection = ServerConnection()
    connection.receive_data(hello(1, b"secret\xff"))
    connection.next_event()
    with pytest.raises(RemoteProtocolError) as caught:
        connection.next_event()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@both_ways
@pytest.mark.parametrize(
    ("length", "error"),
    [
        (-1, (1002, "Invalid frame length -1")),
        (-(2**31), (1002, "Invalid frame length -2147483648")),
        (101, (1009, "Frame of 101 bytes is larger than 100")),
        (2**31 - 1, (1009, "Frame of 2147483647 bytes is larger than 100")),
    ],
)
def test_a_wrong_frame_length_is_refused_before_the_frame(
    cut: Cut, length: int, error: tuple[int, str]
) -> None:
    connection = verified(max_frame_bytes=100)
    assert run(connection, cut(int32(length))) == ([], error)
    assert connection.state is State.ERROR


@pytest.mark.parametrize("length", [-1, 101])
def test_nothing_is_kept_of_a_refused_frame_that_came_with_its_length(length: int) -> None:
    connection = verified(max_frame_bytes=100)
    connection.receive_data(int32(length) + bytes(101))
    with pytest.raises(RemoteProtocolError):
        connection.next_event()
    assert connection.buffered_bytes == 0


@both_ways
def test_the_longest_frame_is_taken(cut: Cut) -> None:
    payload = bytes(range(100))
    assert run(verified(max_frame_bytes=100), cut(frame(payload))) == (
        [FrameReceived(payload)],
        None,
    )


def test_the_default_limit_is_eight_mebibytes() -> None:
    error = (1009, "Frame of 8388609 bytes is larger than 8388608")
    assert run(verified(), [int32(MAX_FRAME_BYTES + 1)]) == ([], error)
    assert run(verified(), [int32(MAX_FRAME_BYTES)]) == ([], None)


@pytest.mark.parametrize("sizes", [[1, 7, 64 * 1024, 1000], [4096], [64 * 1024]])
def test_the_longest_frame_in_pieces_of_many_sizes(sizes: list[int]) -> None:
    payload = bytes(range(256)) * (MAX_FRAME_BYTES // 256)
    stream = frame(payload)
    edges = itertools.takewhile(
        lambda edge: edge < len(stream), itertools.accumulate(itertools.cycle(sizes))
    )
    bounds = [0, *edges, len(stream)]
    pieces = (stream[a:b] for a, b in itertools.pairwise(bounds))
    events, error = run(verified(), pieces)
    assert error is None
    assert len(events) == 1
    assert events[0] == FrameReceived(payload)


@both_ways
@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_payload_is_bytes_whatever_was_fed(
    cut: Cut, kind: type[bytes | bytearray | memoryview]
) -> None:
    connection = verified()
    for piece in cut(frame(b"abcdef")):
        connection.receive_data(kind(piece))
    event = connection.next_event()
    assert event == FrameReceived(b"abcdef")
    assert type(event.payload) is bytes


@both_ways
@pytest.mark.parametrize("after", [frame(b"f"), int32(-1), int32(2**31 - 1), bytes(500)])
def test_nothing_after_the_token_is_looked_at_before_accept(cut: Cut, after: bytes) -> None:
    connection = ServerConnection()
    events, error = run(connection, cut(hello(3) + after), accept=False)
    assert (events, error) == ([CameraIdReceived(3), TokenReceived("token")], None)
    assert connection.next_event() is PAUSED
    assert connection.state is State.UNVERIFIED
    assert connection.buffered_bytes == len(after)


def test_accept_goes_on_with_what_was_held() -> None:
    connection = ServerConnection()
    run(connection, [hello() + frame(b"f") + frame(b"g")], accept=False)
    connection.accept()
    assert run(connection, [b""]) == ([FrameReceived(b"f"), FrameReceived(b"g")], None)
    assert connection.next_event() is NEED_DATA


@pytest.mark.parametrize("piece", [1024, MAX_UNVERIFIED_BYTES])
def test_a_stranger_may_make_us_hold_a_bounded_number_of_bytes(piece: int) -> None:
    connection = ServerConnection()
    run(connection, [hello()], accept=False)
    for _ in range(MAX_UNVERIFIED_BYTES // piece):
        connection.receive_data(bytes(piece))
    assert connection.next_event() is PAUSED
    assert connection.buffered_bytes == MAX_UNVERIFIED_BYTES
    connection.receive_data(b"x")
    assert connection.buffered_bytes == 0
    assert run(connection, [b""]) == ([], INVALID_TOKEN)
    with pytest.raises(RemoteProtocolError, match="Invalid token"):
        connection.accept()


def test_one_piece_above_the_bound_is_not_kept_either() -> None:
    connection = ServerConnection()
    connection.receive_data(hello() + bytes(MAX_UNVERIFIED_BYTES))
    assert connection.buffered_bytes == 0
    assert run(connection, [b""]) == ([], INVALID_TOKEN)


def test_the_bound_ends_with_accept() -> None:
    payload = bytes(3 * MAX_UNVERIFIED_BYTES)
    assert run(verified(), whole(frame(payload))) == ([FrameReceived(payload)], None)


def test_after_an_error_it_stays_in_error() -> None:
    connection = verified()
    error = (1002, "Invalid frame length -5")
    assert run(connection, [int32(-5)]) == ([], error)
    for later in (b"", frame(b"good"), hello(), int32(-6)):
        assert run(connection, [later]) == ([], error)
        assert connection.buffered_bytes == 0
        assert connection.state is State.ERROR


def test_accept_without_a_token_is_our_own_mistake() -> None:
    connection = ServerConnection()
    with pytest.raises(LocalProtocolError):
        connection.accept()
    run(connection, [hello()])
    with pytest.raises(LocalProtocolError):
        connection.accept()
    assert run(connection, [frame(b"f")]) == ([FrameReceived(b"f")], None)


@pytest.mark.parametrize("limit", [0, -1, 2**31])
def test_a_limit_that_no_length_can_reach_is_our_own_mistake(limit: int) -> None:
    with pytest.raises(LocalProtocolError):
        ServerConnection(max_frame_bytes=limit)
