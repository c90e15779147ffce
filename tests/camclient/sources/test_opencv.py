"""Files and streams, with real OpenCV."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from camclient.sources import SourceOptions
from camclient.sources.opencv import ImageCapture, VideoSource, encode_jpeg, shrink
from camclient.sources.source import SourceError
from camserve.wire import jpeg_dimensions, trim_jpeg
from tests.camclient.sources.fake_video import Clock, gray

FRAMES = 10
FPS = 20.0


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Ten frames at 20 per second; frame n is gray of brightness 20 n."""
    path = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), FPS, (64, 48))
    for number in range(FRAMES):
        writer.write(gray(20 * number))
    writer.release()
    return path


def frame_number(capture: ImageCapture) -> int:
    return round(float(capture.image.mean()) / 20)


@contextmanager
def opened(source: VideoSource) -> Iterator[VideoSource]:
    source.open()
    try:
        yield source
    finally:
        source.close()


def test_a_file_loops_in_order_at_its_own_rate(clip: Path) -> None:
    clock = Clock()
    with opened(VideoSource(str(clip), SourceOptions(), clock)) as source:
        assert source.pace == FPS
        got = []
        for _ in range(25):
            got.append(frame_number(source.read()))
            clock.now += 1 / FPS
    assert got == [*range(FRAMES), *range(FRAMES), *range(5)]


def test_a_limit_skips_frames_so_that_a_file_still_plays_in_real_time(clip: Path) -> None:
    clock = Clock()
    with opened(VideoSource(str(clip), SourceOptions(fps=5), clock)) as source:
        assert source.pace == 5
        got = []
        for _ in range(6):
            got.append(frame_number(source.read()))
            clock.now += 1 / 5
    assert got == [0, 4, 8, 2, 6, 0]


def test_a_limit_above_a_files_rate_changes_nothing(clip: Path) -> None:
    with opened(VideoSource(str(clip), SourceOptions(fps=100))) as source:
        assert source.pace == FPS


def test_after_a_long_pause_a_file_goes_on_where_it_was(clip: Path) -> None:
    clock = Clock()
    with opened(VideoSource(str(clip), SourceOptions(), clock)) as source:
        source.read()
        clock.now += 3600
        assert frame_number(source.read()) == 1
        clock.now += 2 / FPS
        assert frame_number(source.read()) == 3


def test_a_file_can_be_opened_again(clip: Path) -> None:
    source = VideoSource(str(clip), SourceOptions())
    for _ in range(2):
        with opened(source):
            assert frame_number(source.read()) == 0
    source.close()


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no such file"), (b"no video at all", "cannot be opened, or is no video")],
)
def test_what_is_no_video_is_told_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], content: bytes | None, message: str
) -> None:
    path = tmp_path / "clip.avi"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError, match=f"^{message}"):
        VideoSource(str(path), SourceOptions()).open()


def test_a_capture_becomes_one_whole_jpeg_that_fits(clip: Path) -> None:
    with opened(VideoSource(str(clip), SourceOptions(width=32))) as source:
        jpeg = source.read().encode(80)
    assert trim_jpeg(jpeg) is jpeg
    assert jpeg_dimensions(jpeg) == (32, 24)


def test_quality_is_the_encoders() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (48, 64, 3), np.uint8)
    capture = ImageCapture(noise, None, None)
    assert len(capture.encode(10)) < len(capture.encode(90))
    assert capture.encode(80) == encode_jpeg(noise, 80)


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (None, None, (64, 48)),
        (32, None, (32, 24)),
        (None, 24, (32, 24)),
        (32, 48, (32, 24)),
        (64, 12, (16, 12)),
        (640, 480, (64, 48)),
    ],
)
def test_pictures_fit_keep_their_shape_and_are_never_enlarged(
    width: int | None, height: int | None, size: tuple[int, int]
) -> None:
    rows, columns = shrink(gray(1), width, height).shape[:2]
    assert (columns, rows) == size


def test_a_picture_too_wide_for_a_jpeg_is_an_error_of_the_source() -> None:
    with pytest.raises(SourceError, match="cannot encode"):
        ImageCapture(np.zeros((1, 70_000, 3), np.uint8), None, None).encode(80)


class MjpegServer(http.server.BaseHTTPRequestHandler):
    """Three pictures, then the end."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=x")
        self.end_headers()
        for number in range(3):
            jpeg = encode_jpeg(gray(20 * number), 90)
            head = f"--x\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
            self.wfile.write(head.encode() + jpeg + b"\r\n")

    def log_message(self, format: str, *args: object) -> None:
        pass


def test_a_network_stream_is_read_as_it_comes_and_its_end_is_noticed() -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), MjpegServer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        source = VideoSource(f"http://127.0.0.1:{server.server_port}/", SourceOptions())
        try:
            with opened(source):
                assert source.pace is None
                assert [frame_number(source.read()) for _ in range(3)] == [0, 1, 2]
                with pytest.raises(SourceError, match="the stream ended"):
                    source.read()
        finally:
            server.shutdown()
            thread.join()
