import json
import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.wire import (
    NEED_DATA,
    ClientInfoReceived,
    MoveReceived,
    RemoteProtocolError,
    ViewerConnection,
    ViewerEvent,
    Waiting,
)
from camserve.wire.limits import MAX_CLIENT_INFO_BYTES, MAX_VIEWER_BYTES

from .streams import Cut, both_ways, cut_at, frame, int32, int32s, places

INVALID = (1007, "Invalid client info")


def info(**members: object) -> bytes:
    return frame(json.dumps(members).encode())


def move(x: float, y: float) -> bytes:
    return struct.pack("<i", 1) + struct.pack(">ff", x, y)


def run(
    connection: ViewerConnection, pieces: list[bytes]
) -> tuple[list[ViewerEvent], tuple[int, str] | None]:
    events: list[ViewerEvent] = []
    try:
        for piece in pieces:
            connection.receive_data(piece)
            while not isinstance(event := connection.next_event(), Waiting):
                events.append(event)
    except RemoteProtocolError as error:
        return events, (error.code, error.reason)
    return events, None


def watching() -> ViewerConnection:
    connection = ViewerConnection()
    assert run(connection, [info(cameraId=1)]) == ([ClientInfoReceived(1, None)], None)
    return connection


@both_ways
def test_info_and_moves(cut: Cut) -> None:
    stream = info(token="secret", cameraId=7) + move(0.5, -1) + move(1, 0)
    assert run(ViewerConnection(), cut(stream)) == (
        [ClientInfoReceived(7, "secret"), MoveReceived(0.5, -1), MoveReceived(1, 0)],
        None,
    )


def test_the_length_is_little_endian_and_a_direction_big_endian() -> None:
    text = b'{"cameraId":1}'
    stream = b"\x0e\0\0\0" + text + b"\x01\0\0\0" + b"\x3f\x80\0\0" + b"\xbf\0\0\0"
    assert run(ViewerConnection(), [stream]) == (
        [ClientInfoReceived(1, None), MoveReceived(1, -0.5)],
        None,
    )


@both_ways
@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"cameraId": "12"}, ClientInfoReceived(12, None)),
        ({"cameraId": "-12", "token": None}, ClientInfoReceived(-12, None)),
        ({"cameraId": 0, "token": ""}, ClientInfoReceived(0, "")),
        ({"cameraId": 2**31 - 1, "token": "ä", "more": [1]}, ClientInfoReceived(2**31 - 1, "ä")),
        ({"cameraId": "9999999999"}, ClientInfoReceived(9999999999, None)),
    ],
)
def test_the_ways_to_say_it(
    cut: Cut, members: dict[str, object], expected: ClientInfoReceived
) -> None:
    assert run(ViewerConnection(), cut(info(**members))) == ([expected], None)


@both_ways
@pytest.mark.parametrize(
    "text",
    [
        b"no JSON",
        b"[]",
        b"7",
        b"null",
        b"{}",
        b'{"cameraId":null}',
        b'{"cameraId":true}',
        b'{"cameraId":1.0}',
        b'{"cameraId":""}',
        b'{"cameraId":"x"}',
        b'{"cameraId":"1 "}',
        b'{"cameraId":"1\\n"}',
        '{"cameraId":"\u0661"}'.encode(),  # a digit, but not one of ours
        b'{"cameraId":1,"token":1}',
        b'{"cameraId":1,"token":["x"]}',
        b'{"cameraId":1,"token":"\\ud800"}',  # cannot be encoded, so could never be compared
        b'{"cameraId":1,"token":"\xff"}',
        '{"cameraId":1}'.encode("utf-16"),
        b"[" * 1024,  # too deep for the parser
    ],
)
def test_info_that_is_not_as_it_should_be(cut: Cut, text: bytes) -> None:
    assert run(ViewerConnection(), cut(frame(text))) == ([], INVALID)


@both_ways
@pytest.mark.parametrize("length", [0, -1, -(2**31), MAX_CLIENT_INFO_BYTES + 1, 2**31 - 1])
def test_a_wrong_length_is_refused_before_the_info(cut: Cut, length: int) -> None:
    connection = ViewerConnection()
    assert run(connection, cut(int32(length))) == ([], INVALID)
    assert connection.buffered_bytes == 0


def test_nothing_is_kept_of_refused_info_that_came_with_its_length() -> None:
    connection = ViewerConnection()
    assert run(connection, [int32(1025) + bytes(1025)]) == ([], INVALID)
    assert connection.buffered_bytes == 0


def test_the_longest_info_is_taken() -> None:
    text = b'{"cameraId":1}'.ljust(MAX_CLIENT_INFO_BYTES)
    assert run(ViewerConnection(), [frame(text)]) == ([ClientInfoReceived(1, None)], None)


@both_ways
@pytest.mark.parametrize("wrong", [1.01, -1.01, math.inf, -math.inf, math.nan])
def test_moves_that_no_camera_can_follow_are_skipped(cut: Cut, wrong: float) -> None:
    stream = move(wrong, 0) + move(0, wrong) + move(0.25, 0)
    assert run(watching(), cut(stream)) == ([MoveReceived(0.25, 0)], None)


@both_ways
@pytest.mark.parametrize("kind", [0, 2, -1])
def test_another_kind_of_message_is_an_error(cut: Cut, kind: int) -> None:
    error = (1002, f"Unknown message kind {kind}")
    connection = watching()
    assert run(connection, cut(move(0, 0) + int32(kind))) == (
        [MoveReceived(0, 0)],
        error,
    )
    assert run(connection, [move(0, 0)]) == ([], error)
    assert connection.buffered_bytes == 0


def test_a_viewer_may_make_us_hold_a_bounded_number_of_bytes() -> None:
    connection = watching()
    connection.receive_data(bytes(MAX_VIEWER_BYTES))
    assert connection.buffered_bytes == MAX_VIEWER_BYTES
    connection.receive_data(b"x")
    assert connection.buffered_bytes == 0
    assert run(connection, [b""]) == ([], (1009, "More than 65536 bytes at once"))


def test_nothing_is_wanted_but_data() -> None:
    assert ViewerConnection().next_event() is NEED_DATA
    assert watching().next_event() is NEED_DATA


#: Noise, and what looks like the real thing for a while.
json_values = st.recursive(
    st.none() | st.booleans() | int32s | st.floats() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)
almost_streams = st.lists(
    st.one_of(
        st.binary(max_size=50),
        st.binary(max_size=50).map(frame),
        st.builds(lambda i, t: info(cameraId=i, token=t), int32s | json_values, json_values),
        st.builds(lambda d: int32(1) + d, st.binary(min_size=8, max_size=8)),
    ),
    max_size=6,
).map(b"".join)


@pytest.mark.fuzz
@given(almost_streams, places)
def test_any_bytes_in_any_cut_end_alike(data: bytes, where: list[int]) -> None:
    """Arbitrary bytes give the same events and the same error, or none, however they are cut."""
    # `run` catches RemoteProtocolError only: anything else fails the test.
    connection = ViewerConnection()
    events, error = run(connection, cut_at(data, where))
    assert (events, error) == run(ViewerConnection(), [data])
    assert connection.buffered_bytes < (8 if events else MAX_CLIENT_INFO_BYTES)
    assert error is None or (len(error[1].encode()) <= 123 and connection.buffered_bytes == 0)


direction = st.floats(min_value=-1, max_value=1, width=32)


@pytest.mark.fuzz
@given(
    int32s,
    st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=50),
    st.lists(st.tuples(direction, direction), max_size=10),
    places,
)
def test_cuts_mean_nothing(
    camera_id: int, token: str | None, moves: list[tuple[float, float]], where: list[int]
) -> None:
    """Any info and moves, cut anywhere, give the same events."""
    stream = info(cameraId=camera_id, token=token) + b"".join(move(x, y) for x, y in moves)
    assert run(ViewerConnection(), cut_at(stream, where)) == (
        [ClientInfoReceived(camera_id, token), *(MoveReceived(x, y) for x, y in moves)],
        None,
    )
