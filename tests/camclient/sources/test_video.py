"""Files and streams, with real OpenCV."""

from pathlib import Path
from unittest.mock import ANY

import cv2
import pytest

from camclient.sources import SourceOptions
from camclient.sources.overlay import Stamp
from camclient.sources.packets import JpegCapture
from camclient.sources.picture import ImageCapture
from camclient.sources.source import Capture, SourceError
from camclient.sources.video import VideoSource
from tests.camclient.sources.fake_video import Clock, gray
from tests.camclient.sources.jpegs import corners, decode, opened, shown_corners

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


def frame_number(capture: Capture) -> int:
    return round(float(decode(capture.encode(90)).mean()) / 20)


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


def test_the_limit_of_a_file_is_its_pace(clip: Path) -> None:
    source = VideoSource(str(clip), SourceOptions(fps=10))
    source.limit(5)
    with opened(source):
        paces = []
        for limit in (5, 0.2, 15, None):
            source.limit(limit)
            paces.append(source.pace)
    assert paces == [5, 0.2, 10, 10]


def test_a_limit_holds_before_a_file_is_opened_and_is_nothing_above_its_own_rate(
    clip: Path,
) -> None:
    source = VideoSource(str(clip), SourceOptions())
    source.limit(4)
    with opened(source):
        assert source.pace == 4
    source.limit(100)
    with opened(source):
        assert source.pace == FPS


def test_previews_of_a_file_decode_one_frame_each(clip: Path) -> None:
    """A picture every five seconds: what lies between is not played."""
    clock = Clock()
    with opened(VideoSource(str(clip), SourceOptions(), clock)) as source:
        got = []
        for _ in range(4):
            got.append(frame_number(source.read()))
            clock.now += 5
        source.limit(None)
        clock.now += 1 / FPS
        got.append(frame_number(source.read()))
    assert got == [0, 1, 2, 3, 4]


def test_an_interrupt_holds_until_it_is_closed(clip: Path) -> None:
    source = VideoSource(str(clip), SourceOptions())
    source.interrupt()
    with opened(source), pytest.raises(SourceError, match="interrupted"):
        source.read()
    with opened(source):
        source.read()


@pytest.mark.parametrize(
    "asked", [SourceOptions(width=32), SourceOptions(overlay=("frame",)), SourceOptions(rotate=90)]
)
@pytest.mark.parametrize("codec", ["MJPG", "XVID"])
def test_what_was_asked_for_is_done_to_all_files(
    tmp_path: Path, codec: str, asked: SourceOptions
) -> None:
    clip = tmp_path / "clip.avi"
    writer = cv2.VideoWriter(str(clip), cv2.VideoWriter.fourcc(*codec), FPS, (640, 480))
    for _ in range(3):
        writer.write(corners(640, 480))
    writer.release()
    with opened(VideoSource(str(clip), asked)) as source:
        source.read()
        capture = source.read()
    assert isinstance(capture, JpegCapture if codec == "MJPG" else ImageCapture)
    assert capture.stamp == (None if not asked.overlay else Stamp(ANY, 2))
    image = decode(capture.encode(90))
    if asked.width:
        assert image.shape == (24, 32, 3)
    if asked.rotate:
        assert image.shape == (640, 480, 3)
        assert shown_corners(capture.encode(90)) == ["white", "blue", "green", "red"]
    if asked.overlay:
        assert image[:30, :60].max() > 200
        assert image[0, 0].max() < 100  # the strip on what was blue


def test_a_directory_is_no_video(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^is a directory$"):
        VideoSource(str(tmp_path), SourceOptions()).open()
