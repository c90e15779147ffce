import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.wire.buffer import ReceiveBuffer

MIB = 1024 * 1024


def test_gives_what_came_in_the_order_it_came() -> None:
    buffer = ReceiveBuffer()
    buffer.append(b"abc")
    buffer.append(bytearray(b"de"))
    buffer.append(memoryview(b"fgh"))
    assert len(buffer) == 8
    assert buffer.take(4) == b"abcd"
    assert buffer.take(5) is None
    assert buffer.take(4) == b"efgh"
    assert len(buffer) == 0


def test_later_changes_of_the_callers_bytearray_do_not_reach_it() -> None:
    buffer = ReceiveBuffer()
    theirs = bytearray(b"abcd")
    buffer.append(theirs)
    theirs[:] = b"XXXX"
    assert buffer.take(4) == b"abcd"


def test_a_piece_that_is_taken_whole_is_not_copied() -> None:
    buffer = ReceiveBuffer()
    piece = bytes(1000)
    buffer.append(piece)
    assert buffer.take(1000) is piece


def test_what_it_gives_is_bytes_whatever_came() -> None:
    buffer = ReceiveBuffer()
    buffer.append(bytearray(b"abcd"))
    assert type(buffer.take(2)) is bytes
    assert type(buffer.take(2)) is bytes


def test_clear_lets_go_of_everything() -> None:
    buffer = ReceiveBuffer()
    buffer.append(b"abcd")
    buffer.take(1)
    buffer.clear()
    assert len(buffer) == 0
    assert buffer.take(1) is None


def peak_while_passing(size: int, piece: int) -> int:
    """The most memory in use while one run of `size` bytes passes in pieces."""
    data = bytes(piece)
    buffer = ReceiveBuffer()
    tracemalloc.start()
    try:
        while len(buffer) < size:
            buffer.append(data)
        taken = buffer.take(size)
        assert taken is not None
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_one_buffer_and_one_result() -> None:
    assert peak_while_passing(4 * MIB, 4096) < 2.5 * 4 * MIB


def test_a_short_rest_does_not_keep_the_long_piece_alive() -> None:
    buffer = ReceiveBuffer()
    tracemalloc.start()
    try:
        buffer.append(bytes(MIB))
        buffer.take(MIB - 2)
        assert buffer.take(4) is None
        assert tracemalloc.get_traced_memory()[0] < MIB / 10
    finally:
        tracemalloc.stop()
    assert len(buffer) == 2


def test_what_was_taken_is_not_kept_alive() -> None:
    buffer = ReceiveBuffer()
    tracemalloc.start()
    try:
        buffer.append(bytes(MIB))
        buffer.take(MIB)
        assert tracemalloc.get_traced_memory()[0] < MIB / 10
    finally:
        tracemalloc.stop()


def seconds_to_pass(size: int, piece: int) -> float:
    """Processor time to gather `size` bytes from pieces, asking for them after each."""
    data = bytes(piece)

    def once() -> float:
        buffer = ReceiveBuffer()
        begin = time.process_time()
        while buffer.take(size) is None:
            buffer.append(data)
        return time.process_time() - begin

    return min(once() for _ in range(3))


@pytest.mark.parametrize("piece", [64, 1024])
def test_cost_is_linear_in_the_bytes_that_pass(piece: int) -> None:
    # Measured: 8 to 10 times the time for 8 times the bytes. Looking at or copying everything
    # again for each piece would take 64 times as long.
    ratio = seconds_to_pass(8 * 1024 * piece * 2, piece) / seconds_to_pass(1024 * piece * 2, piece)
    assert ratio < 30


def test_many_short_runs_in_one_piece_cost_linear_time_too() -> None:
    def seconds(count: int) -> float:
        def once() -> float:
            buffer = ReceiveBuffer()
            buffer.append(b"x")
            buffer.append(bytes(count * 4))
            begin = time.process_time()
            while buffer.take(4) is not None:
                pass
            return time.process_time() - begin

        return min(once() for _ in range(3))

    assert seconds(160_000) / seconds(20_000) < 30


@pytest.mark.fuzz
@given(st.lists(st.one_of(st.binary(max_size=50), st.integers(min_value=1, max_value=60))))
def test_it_is_a_queue_of_bytes(steps: list[bytes | int]) -> None:
    """Any order of appends and takes gives the same bytes as one plain bytes object would."""
    buffer, plain = ReceiveBuffer(), b""
    for step in steps:
        if isinstance(step, bytes):
            buffer.append(step)
            plain += step
        elif step > len(plain):
            assert buffer.take(step) is None
        else:
            assert buffer.take(step) == plain[:step]
            plain = plain[step:]
        assert len(buffer) == len(plain)
