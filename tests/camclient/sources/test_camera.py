"""What is asked of a camera, and what is said about one that cannot be opened."""

from pathlib import Path

import cv2
import pytest

from camclient.sources import SourceOptions
from camclient.sources.camera import CameraSource
from camclient.sources.source import SourceError
from tests.camclient.sources.fake_video import Clock, FakeVideo


def test_size_and_rate_are_asked_of_the_camera_before_it_is_read(
    camera: FakeVideo, clock: Clock
) -> None:
    CameraSource(2, SourceOptions(fps=10, width=800, height=600), clock).open()
    assert camera.opened == [(2, cv2.CAP_V4L2)]
    assert camera.settings == {
        cv2.CAP_PROP_BUFFERSIZE: 1,
        cv2.CAP_PROP_FOURCC: cv2.VideoWriter.fourcc(*"MJPG"),
        cv2.CAP_PROP_FRAME_WIDTH: 800,
        cv2.CAP_PROP_FRAME_HEIGHT: 600,
        cv2.CAP_PROP_FPS: 10,
    }


@pytest.mark.parametrize(
    ("options", "size"),
    [
        (SourceOptions(width=1280), (1280, 960)),
        (SourceOptions(height=240), (320, 240)),
        (SourceOptions(width=480, height=640, rotate=90), (640, 480)),
        (SourceOptions(width=240, rotate=270), (320, 240)),
    ],
)
def test_opencv_takes_a_size_only_with_both_sides(
    camera: FakeVideo, clock: Clock, options: SourceOptions, size: tuple[int, int]
) -> None:
    """The missing one follows from the camera's own shape; a turned camera lies on its side."""
    CameraSource(0, options, clock).open()
    got = camera.settings[cv2.CAP_PROP_FRAME_WIDTH], camera.settings[cv2.CAP_PROP_FRAME_HEIGHT]
    assert got == size


def test_a_camera_that_is_none_of_video4linux(camera: FakeVideo, clock: Clock) -> None:
    camera.backend, camera.codec = "AVFOUNDATION", "MJPG"
    CameraSource(1, SourceOptions(), clock).open()
    assert camera.opened == [(1, cv2.CAP_V4L2), (1, cv2.CAP_ANY)]
    assert cv2.CAP_PROP_CONVERT_RGB not in camera.settings


def test_a_camera_gives_15_pictures_in_a_second_unless_told_otherwise(
    camera: FakeVideo, clock: Clock
) -> None:
    source = CameraSource("/dev/video0", SourceOptions(), clock)
    source.open()
    assert camera.opened[0][:2] == ("/dev/video0", cv2.CAP_V4L2)
    for _ in range(16):
        source.read()
    assert camera.grabbed == 31


def test_a_camera_that_was_unplugged_is_an_error(camera: FakeVideo, clock: Clock) -> None:
    source = CameraSource(0, SourceOptions(fps=100), clock)
    source.open()
    for _ in range(60):
        source.read()
    with pytest.raises(SourceError, match="unplugged"):
        source.read()


def test_a_camera_that_is_not_there(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SourceError, match=r"^there is no /dev/video987$"):
        CameraSource(987, SourceOptions()).open()
    with pytest.raises(SourceError, match=r"^there is no /dev/nothing$"):
        CameraSource("/dev/nothing", SourceOptions()).open()


def test_a_camera_in_use_or_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = tmp_path / "video0"
    device.touch()
    with pytest.raises(SourceError, match="in use by another program"):
        CameraSource(str(device), SourceOptions()).open()
    monkeypatch.setattr("os.access", lambda path, mode: False)
    with pytest.raises(SourceError, match="no permission"):
        CameraSource(str(device), SourceOptions()).open()


def test_a_camera_is_read_at_its_own_pace_and_decoded_only_as_often_as_asked(
    camera: FakeVideo, clock: Clock
) -> None:
    source = CameraSource(0, SourceOptions(fps=10), clock)
    source.open()
    assert source.pace is None
    for _ in range(11):
        source.read()
    assert (camera.grabbed, camera.retrieved) == (31, 11)
    source.close()
    assert camera.released
