import sys

import pytest

from camclient.sources import (
    InvalidSourceError,
    MissingOpenCVError,
    SourceOptions,
    parse_source,
)
from camclient.sources.camera import CameraSource
from camclient.sources.pattern import PatternSource
from camclient.sources.program import ProgramSource
from camclient.sources.video import VideoSource


@pytest.mark.parametrize(
    ("spec", "kind", "name"),
    [
        ("0", CameraSource, "camera 0"),
        ("12", CameraSource, "camera 12"),
        ("/dev/video0", CameraSource, "/dev/video0"),
        ("/dev/v4l/by-id/usb-cam", CameraSource, "/dev/v4l/by-id/usb-cam"),
        ("test", PatternSource, "test"),
        ("test:3", PatternSource, "test:3"),
        ("clip.avi", VideoSource, "clip.avi"),
        ("./test", VideoSource, "./test"),
        ("testing.avi", VideoSource, "testing.avi"),
        ("rtsp://pi/1", VideoSource, "rtsp://pi/1"),
        ("exec:rpicam-vid -o -", ProgramSource, "exec:rpicam-vid"),
    ],
)
def test_what_the_user_wrote_says_which_source(spec: str, kind: type, name: str) -> None:
    source = parse_source(spec)
    assert type(source) is kind
    assert source.name == name


@pytest.mark.parametrize("spec", ["", " ", "test:9"])
def test_nonsense_is_refused_with_what_was_expected(spec: str) -> None:
    with pytest.raises(InvalidSourceError, match=r"^expected "):
        parse_source(spec)


class BrokenOpenCV:
    """A finder that finds an OpenCV which cannot be imported; NumPy explains this in many lines."""

    @staticmethod
    def find_spec(name: str, path: object = None, target: object = None) -> None:
        if name == "cv2":
            raise ImportError("libGL.so.1: cannot open\n\n  shared object file\n")


def test_an_opencv_that_is_broken_says_why_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in [name for name in sys.modules if name.startswith("camclient.sources.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.delitem(sys.modules, "cv2")
    monkeypatch.setattr(sys, "meta_path", [BrokenOpenCV, *sys.meta_path])
    with pytest.raises(Exception, match="Python says: libGL") as caught:
        parse_source("0")
    assert str(caught.value).endswith("libGL.so.1: cannot open shared object file")


@pytest.mark.parametrize("spec", ["test", "0", "clip.avi"])
def test_without_opencv_the_message_says_how_to_get_it(
    spec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.startswith("camclient.sources.")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "cv2", None)
    with pytest.raises(Exception) as caught:  # the class was imported anew
        parse_source(spec)
    assert type(caught.value).__name__ == MissingOpenCVError.__name__
    assert str(caught.value) == (
        f'source {spec} needs OpenCV: pip install "camserve[camera]" '
        "(on Pi OS: apt install python3-opencv); "
        "Python says: import of cv2 halted; None in sys.modules"
    )


@pytest.mark.parametrize(
    ("options", "needs"),
    [
        (SourceOptions(width=320), "--width needs"),
        (SourceOptions(height=240), "--height needs"),
        (SourceOptions(recompress=True), "--quality needs"),
        (SourceOptions(width=320, overlay=("time",)), "--width and --overlay need"),
    ],
)
def test_a_program_needs_opencv_only_when_its_pictures_are_to_be_changed(
    options: SourceOptions, needs: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    unchanged = SourceOptions(fps=5, rotate=180, mirror=True)
    assert parse_source("exec:rpicam-vid", unchanged).name == "exec:rpicam-vid"
    with pytest.raises(MissingOpenCVError, match=f"^{needs} OpenCV: pip install "):
        parse_source("exec:rpicam-vid", options)
