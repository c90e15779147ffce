import math
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.wire import (
    UNLIMITED_FPS,
    ClientConnection,
    DemandReceived,
    LocalProtocolError,
    MoveReceived,
    RemoteProtocolError,
    UpdateRequested,
    encode_demand,
    encode_move,
    encode_update,
)
from camserve.wire.events import BackChannelEvent

from .streams import int32s

direction = st.floats(min_value=-1, max_value=1, width=32)


def read(message: bytes) -> BackChannelEvent | None:
    return ClientConnection().receive_message(message)


def test_the_bytes_of_each_message() -> None:
    assert encode_move(1, -0.5) == bytes.fromhex("01000000 0000803f 000000bf")
    assert encode_update() == bytes.fromhex("02000000")
    assert encode_demand(12.5, 640) == bytes.fromhex("03000000 00004841 80020000")


@pytest.mark.parametrize("wrong", [1.01, -1.01, math.inf, -math.inf, math.nan])
def test_a_camera_is_never_told_to_turn_where_it_cannot(wrong: float) -> None:
    with pytest.raises(LocalProtocolError):
        encode_move(wrong, 0)
    with pytest.raises(LocalProtocolError):
        encode_move(0, wrong)
    assert read(struct.pack("<iff", 1, wrong, 0)) is None
    assert read(struct.pack("<iff", 1, 0, wrong)) is None


@pytest.mark.parametrize(
    ("fps", "width"), [(-0.1, 0), (math.inf, 0), (math.nan, 0), (1e300, 0), (1, -1), (1, 2**31)]
)
def test_a_demand_that_makes_no_sense_is_not_sent(fps: float, width: int) -> None:
    with pytest.raises(LocalProtocolError):
        encode_demand(fps, width)


@pytest.mark.parametrize(("fps", "width"), [(-0.5, 0), (math.inf, 0), (math.nan, 0), (1, -1)])
def test_a_demand_that_makes_no_sense_is_skipped(fps: float, width: int) -> None:
    assert read(struct.pack("<ifi", 3, fps, width)) is None


def test_a_demand_can_say_nobody_and_everything() -> None:
    assert read(encode_demand(0, 0)) == DemandReceived(0, 0)
    assert read(encode_demand(UNLIMITED_FPS, 0)) == DemandReceived(UNLIMITED_FPS, 0)


@pytest.mark.parametrize("kind", [0, 4, -1, 2**31 - 1])
@pytest.mark.parametrize("rest", [b"", bytes(8), bytes(1000)])
def test_kinds_of_later_versions_are_skipped(kind: int, rest: bytes) -> None:
    assert read(struct.pack("<i", kind) + rest) is None


@pytest.mark.parametrize("message", [encode_move(0, 0), encode_update(), encode_demand(1, 1)])
def test_a_message_of_the_wrong_length_is_an_error(message: bytes) -> None:
    for length in range(len(message)):
        with pytest.raises(RemoteProtocolError) as caught:
            read(message[:length])
        assert caught.value.code == 1002
    with pytest.raises(RemoteProtocolError):
        read(message + b"\0")


@pytest.mark.fuzz
@given(direction, direction)
def test_a_move_arrives_as_it_was_sent(x: float, y: float) -> None:
    """Every direction that a float32 can hold comes out as it went in."""
    assert read(encode_move(x, y)) == MoveReceived(x, y)


@pytest.mark.fuzz
@given(st.floats(min_value=-1, max_value=1), st.floats(min_value=-1, max_value=1))
def test_rounding_never_leaves_the_range(x: float, y: float) -> None:
    """A direction that the encoder takes is one that the decoder takes, rounding or not."""
    move = read(encode_move(x, y))
    assert isinstance(move, MoveReceived)
    assert abs(move.x - x) <= 2**-24
    assert abs(move.y - y) <= 2**-24


@pytest.mark.fuzz
@given(
    st.floats(min_value=0, allow_infinity=False, width=32),
    st.integers(min_value=0, max_value=2**31 - 1),
)
def test_a_demand_arrives_as_it_was_sent(fps: float, width: int) -> None:
    """Every demand that the wire can hold comes out as it went in."""
    assert read(encode_demand(fps, width)) == DemandReceived(fps, width)


def test_an_update_arrives_as_it_was_sent() -> None:
    assert read(encode_update()) == UpdateRequested()


@pytest.mark.fuzz
@given(
    st.one_of(
        st.binary(max_size=20),
        st.builds(
            lambda kind, rest: struct.pack("<i", kind) + rest,
            st.integers(min_value=0, max_value=4) | int32s,
            st.binary(min_size=8, max_size=8) | st.binary(max_size=20),
        ),
    )
)
def test_any_message_is_an_event_nothing_or_their_mistake(message: bytes) -> None:
    """Arbitrary bytes give an event within its ranges, None or RemoteProtocolError."""
    refusal = None
    event = None
    try:
        event = read(message)
    except RemoteProtocolError as error:
        refusal = error
    if refusal is not None:
        assert refusal.code == 1002
        assert len(refusal.reason.encode()) <= 123
    elif isinstance(event, MoveReceived):
        assert -1 <= event.x <= 1
        assert -1 <= event.y <= 1
    elif isinstance(event, DemandReceived):
        assert 0 <= event.fps < math.inf
        assert event.width >= 0
