import pytest
from hypothesis import given
from hypothesis import strategies as st

from camclient.sources.splitter import JpegSplitter
from camserve.wire import trim_jpeg
from tests.camclient.sources.jpeg_streams import (
    EOI,
    HEADER,
    SCAN,
    SOI,
    START,
    frames,
    garbage,
    picture,
    split,
    with_thumbnail,
)
from tests.camserve.wire.streams import bytewise, cut_at, places

pytestmark = pytest.mark.fuzz

#: More than any segment: behind it a cut segment has found its end.
PADDING = bytes(65_536)

#: Bytes that go deeper into the grammar than noise does.
almost_streams = st.lists(
    st.one_of(
        st.binary(max_size=30),
        frames(),
        st.tuples(frames(), st.integers(0, 300)).map(lambda cut: cut[0][: cut[1]]),
        st.sampled_from([b"\xff", SOI, START, EOI, HEADER, SCAN, b"\xff\xe1\0\x20", b"\xff" * 70]),
        garbage,
    ),
    max_size=10,
).map(b"".join)
limits = st.one_of(st.just(100_000), st.integers(1, 300))


@given(st.lists(st.tuples(garbage, frames()), max_size=4), garbage, places)
def test_frames_come_out_byte_for_byte(
    parts: list[tuple[bytes, bytes]], end: bytes, where: list[int]
) -> None:
    """Any JPEGs with anything but a start between them, cut anywhere, come out as they went in."""
    stream = b"".join(before + frame for before, frame in parts) + end
    splitter = JpegSplitter()
    assert split(cut_at(stream, where), splitter) == [frame for _, frame in parts]
    padding = sum(len(before) for before, _ in parts) + len(end)
    assert splitter.skipped_bytes + splitter.buffered_bytes == padding


@given(almost_streams, places, limits)
def test_cuts_mean_nothing(data: bytes, where: list[int], limit: int) -> None:
    """Arbitrary bytes give the same frames and the same count, however they are cut."""
    at_once, in_pieces, bytes_alone = (JpegSplitter(max_frame_bytes=limit) for _ in range(3))
    found = split([data], at_once)
    assert split(cut_at(data, where), in_pieces) == found
    assert split(bytewise(data), bytes_alone) == found
    assert in_pieces.dropped_frames == bytes_alone.dropped_frames == at_once.dropped_frames


@given(almost_streams, places, limits)
def test_it_never_holds_more_than_its_limit(data: bytes, where: list[int], limit: int) -> None:
    """After all frames are taken at most `max_frame_bytes` are held, or the start of a start."""
    splitter = JpegSplitter(max_frame_bytes=limit)
    for piece in cut_at(data, where):
        split([piece], splitter)
        assert splitter.buffered_bytes <= max(limit, len(START) - 1)


@given(almost_streams, places, limits)
def test_what_comes_out_is_fit_to_be_sent(data: bytes, where: list[int], limit: int) -> None:
    """Whatever comes in, what comes out are parts of it in their order that a server takes."""
    position = 0
    for frame in split(cut_at(data, where), JpegSplitter(max_frame_bytes=limit)):
        assert trim_jpeg(frame) is frame
        assert len(frame) <= limit
        position = data.index(frame, position) + len(frame)


@given(frames(extras=False), st.integers(min_value=1), frames(), frames(), places)
def test_a_frame_cut_short_loses_only_itself(
    broken: bytes, length: int, second: bytes, third: bytes, where: list[int]
) -> None:
    """A frame without APP segments and comments, cut anywhere, is lost, and no other."""
    stream = broken[: length % len(broken)] + second + third + PADDING
    assert split(cut_at(stream, where)) == [second, third]


@given(almost_streams, frames(), places)
def test_it_always_finds_back(data: bytes, frame: bytes, where: list[int]) -> None:
    """Whatever came, a frame that begins where every segment before it has ended comes out."""
    found = split(cut_at(data + PADDING + frame, where))
    assert found[-1:] == [frame]


@given(st.binary(max_size=500), places)
def test_a_thumbnail_is_never_taken_for_a_picture(data: bytes, where: list[int]) -> None:
    """A real picture whose EXIF segment holds a whole other one is one frame."""
    exif = with_thumbnail(picture(1), data + picture(2, size=16) + data)
    assert split(cut_at(exif + exif, where)) == [exif, exif]
