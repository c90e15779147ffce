"""Memory and time that the splitter takes, also for what somebody made up to cost much."""

import time
import tracemalloc

import pytest

from camclient.sources.splitter import JpegSplitter
from tests.camclient.sources.jpeg_streams import EOI, HEADER, SCAN, SOI, START, split
from tests.camserve.wire.streams import bytewise

MIB = 1024 * 1024
SMALL = SOI + HEADER + SCAN + b"data" + EOI


@pytest.mark.parametrize("filling", [b"\0", b"\xff", b"\xff\0", b"\xff\xd0", START, b"\xff\xe0"])
@pytest.mark.parametrize("start", [b"", SOI, SOI + HEADER + SCAN])
def test_memory_has_a_bound_whatever_comes(start: bytes, filling: bytes) -> None:
    splitter = JpegSplitter(max_frame_bytes=10_000)
    for piece in [start, *[filling * 1000] * 50]:
        split([piece], splitter)
        assert splitter.buffered_bytes <= 10_000


def test_a_short_rest_does_not_keep_the_long_piece_alive() -> None:
    splitter = JpegSplitter()
    tracemalloc.start()
    try:
        split([bytes(MIB) + SMALL + SMALL[:10]], splitter)
        assert tracemalloc.get_traced_memory()[0] < MIB / 10
    finally:
        tracemalloc.stop()


def test_a_piece_that_is_one_frame_is_copied_once() -> None:
    jpeg = SOI + HEADER + SCAN + bytes(4 * MIB) + EOI
    splitter = JpegSplitter()
    tracemalloc.start()
    try:
        assert split([jpeg], splitter) == [jpeg]
        assert tracemalloc.get_traced_memory()[1] < 1.1 * len(jpeg)
    finally:
        tracemalloc.stop()


def seconds(stream: bytes, piece: int, **limits: int) -> float:
    """Processor time to split it."""
    pieces = [stream[i : i + piece] for i in range(0, len(stream), piece)]

    def once() -> float:
        splitter = JpegSplitter(**limits)
        begin = time.process_time()
        split(pieces, splitter)
        return time.process_time() - begin

    return min(once() for _ in range(3))


HOSTILE = {
    "zeros": bytes(50),
    "starts": START,
    "long segments that end nowhere": START + b"\xe0\x0f\xff",
    "short segments": START + b"\xe0\0\2",
    "segments in segments": START + b"\xe0\x1f\xff" + (START + b"\xe0\x0f\xff") * 50,
    "one segment after the other": b"\xff\xe0\0\2",
    "stuffed zeros": b"\xff\0",
    "fill bytes": b"\xff",
    "headers": SOI + HEADER,
    "scans": SOI + HEADER + SCAN + b"1",
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("start", [b"", SOI + HEADER + SCAN], ids=["between", "scan"])
@pytest.mark.parametrize("piece", [1, 65_536])
def test_cost_is_linear_whatever_comes(name: str, start: bytes, piece: int) -> None:
    # Measured: 5 to 12 times the time for 8 times the bytes. Looking at everything again for each
    # start or piece would take 64 times as long.
    short = 4_000 if piece == 1 else 32_000
    pattern = HOSTILE[name]

    def stream(size: int) -> bytes:
        return start + (pattern * (size // len(pattern) + 1))[:size]

    assert seconds(stream(8 * short), piece) / seconds(stream(short), piece) < 30


def test_byte_by_byte_a_large_picture_costs_linear_time() -> None:
    jpeg = SOI + HEADER + SCAN + bytes(20_000) + EOI
    large = SOI + HEADER + SCAN + bytes(160_000) + EOI
    assert split(bytewise(large)) == [large]
    assert seconds(large, 1) / seconds(jpeg, 1) < 30
