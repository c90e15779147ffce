import cv2
import pytest

from camclient.sources.splitter import MAX_FILL_BYTES, JpegSplitter
from tests.camclient.sources.jpeg_streams import (
    APP1,
    COM,
    DHT,
    DNL,
    DQT,
    EOI,
    HEADER,
    SCAN,
    SOI,
    START,
    entropy_coded,
    picture,
    segment,
    split,
    with_thumbnail,
)
from tests.camserve.wire.streams import Cut, both_ways, bytewise

SMALL = SOI + HEADER + SCAN + b"data" + EOI
REAL = {
    "baseline": picture(1),
    "progressive": picture(2, cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "restart markers": picture(3, cv2.IMWRITE_JPEG_RST_INTERVAL, 1),
    "optimized": picture(4, cv2.IMWRITE_JPEG_OPTIMIZE, 1),
    "large": picture(5, cv2.IMWRITE_JPEG_QUALITY, 100, size=400),
    "thumbnail": with_thumbnail(picture(6), picture(7)),
    "progressive thumbnail": with_thumbnail(
        picture(8), picture(9, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    ),
}


def test_the_real_pictures_have_what_they_are_here_for() -> None:
    assert REAL["progressive"].count(b"\xff\xda") > 5
    assert REAL["restart markers"].count(b"\xff\xd3") > 1
    assert REAL["baseline"].count(b"\xff\0") > 5
    assert REAL["thumbnail"].count(START) == REAL["thumbnail"].count(EOI) == 2


@both_ways
def test_pictures_of_all_kinds_come_out_as_they_went_in(cut: Cut) -> None:
    pictures = [*REAL.values(), SMALL]
    splitter = JpegSplitter()
    assert split(cut(b"".join(pictures)), splitter) == pictures
    assert (splitter.dropped_frames, splitter.skipped_bytes, splitter.buffered_bytes) == (0, 0, 0)


@pytest.mark.parametrize(
    "frame",
    [
        SOI + segment(COM, SMALL) + SMALL[2:],
        SOI + segment(0xE2, b"ICC_PROFILE\0" + START + EOI + SOI) + SMALL[2:],
        SOI + segment(APP1, SOI) + SMALL[2:],
        SOI + segment(APP1, bytes(65_533)) + SMALL[2:],
        SOI + b"\xff\xff" + HEADER + b"\xff" * MAX_FILL_BYTES + SCAN + b"\xff\xff\xff" + EOI,
        SOI + HEADER + SCAN + EOI,
        SOI + HEADER + SCAN + b"1" + b"\xff" * 2 * MAX_FILL_BYTES + EOI,
        SOI + HEADER + SCAN + entropy_coded([EOI, b"\xff", START, b""]) + EOI,
        SOI + HEADER + SCAN + b"1" + segment(DNL, b"\0\x10") + EOI,
        SOI + HEADER + SCAN + b"1" + segment(DHT, b"2") + SCAN + b"3" + SCAN + b"4" + EOI,
        SOI + HEADER + SCAN + b"1" + segment(COM, SMALL) + SCAN + b"2" + EOI,
    ],
)
@both_ways
def test_what_t_81_allows(cut: Cut, frame: bytes) -> None:
    splitter = JpegSplitter()
    assert split(cut(frame + SMALL), splitter) == [frame, SMALL]
    assert splitter.dropped_frames == 0


@pytest.mark.parametrize(
    "between", [b"", b"\0", bytes(5000), b"\r\n--x\r\nContent-Length: 9\r\n\r\n", b"\xff", EOI, SOI]
)
@both_ways
def test_what_stands_between_pictures_is_skipped(cut: Cut, between: bytes) -> None:
    splitter = JpegSplitter()
    pictures = [REAL["baseline"], SMALL, REAL["thumbnail"]]
    stream = between + b"".join(jpeg + between for jpeg in pictures)
    assert split(cut(stream), splitter) == pictures
    assert splitter.skipped_bytes + splitter.buffered_bytes == 4 * len(between)


@pytest.mark.parametrize(
    "start",
    [
        START,
        START + b"\0",
        START * 2,
        START + b"\x01",
        START + b"\x37" + bytes(9),
        START + b"\xd0",
        START + b"\xe0\0\0",
        START + b"\xe0\0\1",
        START + b"\xe0\0\5abcX",
        START + b"\xe0\xff\xff",
        SOI + SCAN + b"a scan without a frame header" + EOI,
        SOI + HEADER + b"\xff\xda\0\1a scan that is too short" + EOI,
        SOI + HEADER + EOI,
        SOI + segment(DQT, b"tables for other pictures") + EOI,
        SOI + HEADER + HEADER + SCAN + EOI,
        SOI + HEADER + SCAN + b"\xff\x37" + EOI,
        SOI + HEADER + SCAN + b"12" + HEADER + EOI,
        SOI + HEADER + SCAN + b"12\xff\xd8" + EOI,
        SOI + HEADER + b"\xff" * (MAX_FILL_BYTES + 1) + SCAN + EOI,
    ],
)
@both_ways
def test_what_only_looks_like_a_start_is_passed(cut: Cut, start: bytes) -> None:
    splitter = JpegSplitter()
    stream = start + SMALL + bytes(65_536)
    assert split(cut(stream), splitter) == [SMALL]
    assert splitter.dropped_frames >= 1


@pytest.mark.parametrize("code", [0x00, 0x01, 0x37, 0xBF, 0xD0, 0xD7, 0xD8, 0xD9, 0xDA])
@both_ways
def test_a_marker_that_cannot_be_here_has_no_length_that_is_waited_for(cut: Cut, code: int) -> None:
    assert split(cut(START + bytes([code]) + SMALL)) == [SMALL]


@both_ways
def test_a_thumbnail_is_no_picture_when_the_rest_is_missing(cut: Cut) -> None:
    assert split(cut(SOI + segment(APP1, SMALL) + REAL["baseline"])) == [REAL["baseline"]]


#: The one place where a cut cannot be seen: the next start passes for the end of the APP0.
HIDDEN_CUT = 18


def test_a_picture_that_was_cut_short_loses_only_itself() -> None:
    jpeg, following = picture(1, size=16), picture(2, size=16)
    rest = following + SMALL + bytes(65_536)
    for length in range(1, len(jpeg)):
        splitter = JpegSplitter()
        found = split([jpeg[:length] + rest], splitter)
        if length == HIDDEN_CUT:
            assert found == [jpeg[:length] + following, SMALL]
        else:
            assert found == [following, SMALL], length
            assert splitter.dropped_frames == (length > 1)
            assert splitter.skipped_bytes == length + 65_536 - splitter.buffered_bytes


def test_counting() -> None:
    splitter = JpegSplitter()
    split([b"12" + SMALL[:-2] + b"345" + SMALL + b"6", SMALL[:-2], SMALL, b"78"], splitter)
    assert splitter.dropped_frames == 2
    assert splitter.buffered_bytes == 2
    assert splitter.skipped_bytes == 2 + len(SMALL) - 2 + 3 + 1 + len(SMALL) - 2


@both_ways
def test_frames_of_the_greatest_size_pass_and_longer_ones_do_not(cut: Cut) -> None:
    jpeg = REAL["progressive thumbnail"]
    stream = SMALL + jpeg + SMALL
    assert split(cut(stream), JpegSplitter(max_frame_bytes=len(jpeg))) == [SMALL, jpeg, SMALL]
    splitter = JpegSplitter(max_frame_bytes=len(jpeg) - 1)
    assert split(cut(stream), splitter) == [SMALL, SMALL]
    assert splitter.dropped_frames == 1


def test_at_each_limit_cuts_mean_nothing() -> None:
    stream = SOI + segment(APP1, SMALL) + b"\xff\xff" + segment(DQT, b"1") + SMALL[2:] + SMALL
    for limit in range(1, len(stream)):
        at_once = split([stream], JpegSplitter(max_frame_bytes=limit))
        assert split(bytewise(stream), JpegSplitter(max_frame_bytes=limit)) == at_once


def test_a_segment_that_would_be_too_long_is_not_waited_for() -> None:
    splitter = JpegSplitter(max_frame_bytes=100)
    assert split([START + b"\xe0\0\x61" + SMALL], splitter) == [SMALL]
