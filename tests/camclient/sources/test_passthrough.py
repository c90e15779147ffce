"""Motion JPEG in files and streams reaches viewers as it is, with real OpenCV."""

import http.server
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import pytest

from camclient.sources import SourceOptions
from camclient.sources.huffman import STANDARD_TABLES
from camclient.sources.packets import JpegCapture
from camclient.sources.picture import ImageCapture, encode_jpeg
from camclient.sources.source import SourceError
from camclient.sources.video import VideoSource
from camserve.wire import jpeg_dimensions
from tests.camclient.sources.fake_video import Clock
from tests.camclient.sources.jpegs import (
    avi_packets,
    corners,
    decode,
    motion_jpeg_avi,
    noise,
    opened,
    shown_corners,
    without_tables,
)

FPS = 20
JPEGS = [encode_jpeg(noise(seed=seed), 90) for seed in range(5)]


def read(place: object, count: int, options: SourceOptions | None = None) -> list[bytes]:
    """Play a file by a clock that goes exactly with it; the quality would show if it were used."""
    clock = Clock()
    with opened(VideoSource(str(place), options or SourceOptions(), clock)) as source:
        got = []
        for _ in range(count):
            got.append(source.read().encode(10))
            clock.now += 1 / (source.pace or FPS)
    return got


def test_what_arrives_is_what_is_in_the_file(tmp_path: Path) -> None:
    """A file that OpenCV has written, played twice."""
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (64, 48))
    for seed in range(5):
        writer.write(noise(seed=seed))
    writer.release()
    packets = avi_packets(clip.read_bytes())
    assert len(packets) == 5
    assert read(clip, 10) == packets * 2


def test_a_container_that_cannot_seek_loops_too(tmp_path: Path) -> None:
    clip = tmp_path / "clip.mjpeg"
    clip.write_bytes(b"".join(JPEGS))
    assert read(clip, 12) == JPEGS * 2 + JPEGS[:2]


def test_frames_are_skipped_so_that_it_plays_in_real_time(tmp_path: Path) -> None:
    clip = motion_jpeg_avi(tmp_path / "clip.avi", JPEGS, FPS)
    got = read(clip, 6, SourceOptions(fps=FPS / 3))
    assert [JPEGS.index(jpeg) for jpeg in got] == [0, 3, 1, 4, 2, 0]


def test_a_picture_is_a_video_of_one_frame(tmp_path: Path) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(JPEGS[0])
    assert read(picture, 3) == [JPEGS[0]] * 3


def test_padding_in_the_file_is_cut(tmp_path: Path) -> None:
    padded = [jpeg + bytes(100) for jpeg in JPEGS]
    assert read(motion_jpeg_avi(tmp_path / "clip.avi", padded), 5) == JPEGS


def test_tables_that_the_file_leaves_out_are_put_in(tmp_path: Path) -> None:
    bare = [without_tables(jpeg) for jpeg in JPEGS]
    got = read(motion_jpeg_avi(tmp_path / "clip.avi", bare), 5)
    assert [jpeg.replace(STANDARD_TABLES, b"") for jpeg in got] == bare
    assert all((decode(a) == decode(b)).all() for a, b in zip(got, JPEGS, strict=True))


@pytest.mark.parametrize(
    "asked", [SourceOptions(recompress=True), SourceOptions(width=40), SourceOptions(height=30)]
)
def test_what_is_asked_to_change_is_encoded_anew(tmp_path: Path, asked: SourceOptions) -> None:
    (jpeg,) = read(motion_jpeg_avi(tmp_path / "clip.avi", JPEGS), 1, asked)
    assert jpeg not in JPEGS
    assert jpeg_dimensions(jpeg) == ((64, 48) if asked.recompress else (40, 30))


@pytest.mark.parametrize("codec", ["mp4v", "XVID"])
def test_another_codec_is_decoded_as_ever(tmp_path: Path, codec: str) -> None:
    clip = tmp_path / ("clip.mp4" if codec == "mp4v" else "clip.avi")
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*codec), FPS, (64, 48))
    for _ in range(5):
        writer.write(corners())
    writer.release()
    with opened(VideoSource(str(clip), SourceOptions())) as source:
        for _ in range(7):
            capture = source.read()
            assert isinstance(capture, ImageCapture)
            assert shown_corners(capture.encode(95)) == ["blue", "green", "red", "white"]


@pytest.mark.parametrize(
    "packets",
    [
        pytest.param([jpeg + jpeg for jpeg in JPEGS], id="two fields"),
        pytest.param([jpeg[:-2] for jpeg in JPEGS], id="no end"),
    ],
)
def test_motion_jpeg_that_no_browser_shows_is_decoded(tmp_path: Path, packets: list[bytes]) -> None:
    clip = motion_jpeg_avi(tmp_path / "clip.avi", packets)
    with opened(VideoSource(str(clip), SourceOptions())) as source:
        capture = source.read()
        assert isinstance(capture, ImageCapture)
        assert jpeg_dimensions(capture.encode(80)) == (64, 48)


def test_a_broken_packet_is_one_picture_less(tmp_path: Path) -> None:
    """At the beginning, where it is not known yet whether there are any JPEGs, and later."""
    clip = motion_jpeg_avi(tmp_path / "clip.avi", [b"junk", JPEGS[1], JPEGS[2][:99], JPEGS[3]])
    with opened(VideoSource(str(clip), SourceOptions())) as source:
        assert source.read().encode(80) == JPEGS[1]
        with pytest.raises(SourceError, match="no complete JPEG"):
            source.read().encode(80)
        assert source.read().encode(80) == JPEGS[3]


def test_a_file_that_became_another_can_be_opened_again(tmp_path: Path) -> None:
    clip = motion_jpeg_avi(tmp_path / "clip.avi", [jpeg[:-2] for jpeg in JPEGS])
    source = VideoSource(str(clip), SourceOptions())
    with opened(source):
        assert isinstance(source.read(), ImageCapture)
    motion_jpeg_avi(clip, JPEGS)
    with opened(source):
        assert source.read().encode(80) == JPEGS[0]


#: Where a QuickTime track's matrix is, from its type on ("Track header atom").
MATRIX_AT = 4 + 40


@pytest.mark.parametrize(("cosine", "sine"), [(0, 1), (-1, 0), (0, -1)])
def test_a_container_that_is_turned_is_shown_as_opencv_shows_it(
    tmp_path: Path, cosine: int, sine: int
) -> None:
    clip = tmp_path / "clip.mov"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (64, 48))
    for _ in range(3):
        writer.write(corners())
    writer.release()
    data = bytearray(clip.read_bytes())
    at = data.index(b"tkhd") + MATRIX_AT
    assert data[at : at + 4] == b"\0\1\0\0"
    a, b = cosine << 16, sine << 16
    data[at : at + 36] = struct.pack(">9i", a, b, 0, -b, a, 0, 0, 0, 1 << 30)
    clip.write_bytes(data)
    done, image = cv2.VideoCapture(str(clip)).read()
    assert done
    assert image.shape == ((48, 64, 3) if cosine else (64, 48, 3))
    with opened(VideoSource(str(clip), SourceOptions())) as source:
        capture = source.read()
    assert isinstance(capture, JpegCapture)
    assert shown_corners(capture.encode(80)) == shown_corners(encode_jpeg(image, 95))
    (mirrored,) = read(clip, 1, SourceOptions(mirror=True))
    one, two, three, four = shown_corners(capture.encode(80))
    assert shown_corners(mirrored) == [two, one, four, three]


class MjpegServer(http.server.BaseHTTPRequestHandler):
    """Five pictures, then the end."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=x")
        self.end_headers()
        for jpeg in JPEGS:
            head = f"--x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), MjpegServer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def test_a_network_stream_is_read_as_it_comes_and_its_end_is_noticed() -> None:
    with served() as url, opened(VideoSource(url, SourceOptions())) as source:
        assert source.pace is None
        assert [source.read().encode(10) for _ in JPEGS] == JPEGS
        with pytest.raises(SourceError, match="the stream ended"):
            source.read()


def test_a_limit_of_a_stream_is_obeyed_at_once() -> None:
    clock = Clock()
    with served() as url, opened(VideoSource(url, SourceOptions(), clock)) as source:
        source.limit(1)
        got = [source.read().encode(10)]
        clock.now += 1
        got.append(source.read().encode(10))
        source.limit(None)
        got.append(source.read().encode(10))
        source.limit(0.001)
        with pytest.raises(SourceError, match="ended"):  # all that came was above the limit
            source.read()
    assert got == JPEGS[:3]


def test_a_read_of_a_stream_can_be_interrupted() -> None:
    with served() as url, opened(VideoSource(url, SourceOptions())) as source:
        source.read()
        source.interrupt()
        with pytest.raises(SourceError, match="interrupted"):
            source.read()
