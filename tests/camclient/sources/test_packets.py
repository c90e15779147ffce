"""A picture that comes as a JPEG: what is passed on, and when it is encoded anew."""

import subprocess
import sys
from pathlib import Path

import pytest

from camclient.sources import SourceOptions, exif
from camclient.sources.packets import jpeg_capture
from camclient.sources.picture import encode_jpeg
from camclient.sources.source import SourceError
from camserve.wire import jpeg_dimensions
from tests.camclient.sources.jpegs import corners, decode, photo, shown_corners, without_tables

ROOT = Path(__file__).parents[3]
PHOTO = photo()
FLAT = encode_jpeg(corners(), 95)  # 64 x 48


@pytest.mark.parametrize(
    "options",
    [
        SourceOptions(),
        SourceOptions(fps=5, camera_name="Porch"),
        SourceOptions(width=64),
        SourceOptions(width=640, height=480),
        SourceOptions(height=48),
    ],
)
def test_a_jpeg_that_nobody_asked_to_change_is_passed_on(options: SourceOptions) -> None:
    assert jpeg_capture(PHOTO, options).encode(50, 32) is PHOTO


def test_padding_is_cut_and_tables_are_put_in() -> None:
    sent = jpeg_capture(without_tables(PHOTO) + b"\0\0\0", SourceOptions()).encode(80)
    assert sent.endswith(b"\xff\xd9")
    assert (decode(sent) == decode(PHOTO)).all()


@pytest.mark.parametrize("options", [SourceOptions(), SourceOptions(recompress=True)])
@pytest.mark.parametrize("jpeg", [b"", b"junk", PHOTO[:-2], b"\0" + PHOTO])
def test_what_is_no_whole_jpeg_is_an_error(jpeg: bytes, options: SourceOptions) -> None:
    with pytest.raises(SourceError, match="no complete JPEG"):
        jpeg_capture(jpeg, options).encode(80)


def test_what_opencv_cannot_decode_is_an_error() -> None:
    """All the markers are there, but the frame has no components."""
    broken = b"\xff\xd8\xff\xc0\x00\x08\x08\x00\x10\x00\x10\x00\xff\xda\x00\x02\x00\xff\xd9"
    with pytest.raises(SourceError, match="OpenCV cannot decode"):
        jpeg_capture(broken, SourceOptions(recompress=True)).encode(80)


@pytest.mark.parametrize(
    ("options", "width", "size"),
    [
        (SourceOptions(width=32), 0, (32, 24)),
        (SourceOptions(height=12), 0, (16, 12)),
        (SourceOptions(width=63), 20, (20, 15)),
        (SourceOptions(recompress=True), 0, (64, 48)),
        (SourceOptions(recompress=True), 20, (20, 15)),
        (SourceOptions(recompress=True), 640, (64, 48)),
        (SourceOptions(overlay=("frame",)), 32, (32, 24)),
        (SourceOptions(width=24, rotate=90), 0, (24, 32)),
        (SourceOptions(recompress=True, rotate=270), 12, (12, 16)),
    ],
)
def test_what_was_asked_to_change_is_encoded_anew(
    options: SourceOptions, width: int, size: tuple[int, int]
) -> None:
    sent = jpeg_capture(PHOTO, options).encode(60, width)
    assert jpeg_dimensions(sent) == size
    assert sent != PHOTO


def test_the_box_is_for_the_picture_as_it_is_shown() -> None:
    """48 x 64 after it is turned, so this box is large enough and that one is not."""
    fits = jpeg_capture(FLAT, SourceOptions(width=48, height=64, rotate=90)).encode(80)
    assert jpeg_dimensions(fits) == (64, 48)  # as it is stored: not encoded anew
    shrunk = jpeg_capture(FLAT, SourceOptions(width=64, height=48, rotate=90)).encode(80)
    assert jpeg_dimensions(shrunk) == (36, 48)


def test_quality_is_the_encoders() -> None:
    capture = jpeg_capture(PHOTO, SourceOptions(recompress=True))
    assert len(capture.encode(10)) < len(capture.encode(90))


@pytest.mark.parametrize("recompress", [False, True])
@pytest.mark.parametrize("own", range(1, 9))
@pytest.mark.parametrize(("rotate", "mirror"), [(0, False), (90, False), (180, True), (270, True)])
def test_it_looks_the_same_passed_on_and_encoded_anew(
    recompress: bool, own: int, rotate: int, mirror: bool
) -> None:
    """Its own orientation first, then mirror, then rotation, each of them once."""
    options = SourceOptions(rotate=rotate, mirror=mirror, recompress=recompress)
    sent = jpeg_capture(exif.set_orientation(FLAT, own), options).encode(95)
    expected = shown_corners(exif.set_orientation(FLAT, own))
    if mirror:
        expected = [expected[n] for n in (1, 0, 3, 2)]
    steps = rotate // 90
    assert shown_corners(sent) == expected[-steps:] + expected[:-steps]
    if recompress:
        assert exif.get_orientation(sent) == exif.UPRIGHT


def test_a_large_picture_is_decoded_small() -> None:
    """Right size and right side up, from a decoder that scales by 8 at most."""
    large = exif.set_orientation(encode_jpeg(corners(1000, 600), 90), 6)
    sent = jpeg_capture(large, SourceOptions(width=40)).encode(90)
    assert jpeg_dimensions(sent) == (40, 67)
    assert shown_corners(sent) == ["white", "blue", "green", "red"]


WITHOUT_OPENCV = """
import sys
sys.modules["cv2"] = sys.modules["numpy"] = None
from camclient.sources import SourceError, SourceOptions
from camclient.sources.packets import jpeg_capture
jpeg = open(sys.argv[1], "rb").read()
assert jpeg_capture(jpeg, SourceOptions()).encode(80) is jpeg
assert len(jpeg_capture(jpeg, SourceOptions(rotate=90)).encode(80)) == len(jpeg) + 36
assert jpeg_capture(jpeg, SourceOptions(width=640)).encode(80) is jpeg
try:
    jpeg_capture(jpeg, SourceOptions(width=32)).encode(80)
except SourceError as error:
    print(error)
"""


def test_what_is_passed_on_needs_no_opencv(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(PHOTO)
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_OPENCV, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == (
        "changing the pictures of a camera (size, quality, overlay) needs OpenCV, "
        "and Python says: import of cv2 halted; None in sys.modules\n"
    )
