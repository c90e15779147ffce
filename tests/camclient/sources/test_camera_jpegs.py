"""Cameras that compress by themselves: Motion JPEG through Video4Linux."""

import cv2
import pytest

from camclient.sources import SourceOptions
from camclient.sources.camera import CameraSource
from camclient.sources.huffman import STANDARD_TABLES
from camclient.sources.packets import JpegCapture
from camclient.sources.picture import ImageCapture, encode_jpeg
from camclient.sources.source import SourceError
from tests.camclient.sources.fake_video import Clock, FakeVideo
from tests.camclient.sources.jpegs import (
    corners,
    decode,
    noise,
    photo,
    shown_corners,
    without_tables,
)


def test_jpegs_of_a_camera_are_passed_on(camera: FakeVideo, clock: Clock) -> None:
    """Without tables, as USB cameras send them, and with the buffer's old bytes behind them."""
    jpegs = [encode_jpeg(noise(seed=seed), 90) for seed in range(3)]
    camera.codec = "MJPG"
    camera.packets = [without_tables(jpeg) + b"old\xff\xd9" for jpeg in jpegs]
    source = CameraSource(0, SourceOptions(fps=30), clock)
    source.open()
    for jpeg in jpegs:
        sent = source.read().encode(10)
        assert sent.replace(STANDARD_TABLES, b"") == without_tables(jpeg)
        assert (decode(sent) == decode(jpeg)).all()


def test_jpegs_of_a_camera_are_turned_and_stamped_as_asked(camera: FakeVideo, clock: Clock) -> None:
    camera.codec, camera.packets = "JPEG", [encode_jpeg(corners(), 95)]
    source = CameraSource(0, SourceOptions(rotate=180), clock)
    source.open()
    assert shown_corners(source.read().encode(10)) == ["red", "white", "blue", "green"]
    source = CameraSource(0, SourceOptions(overlay=("frame",), fps=10), clock)
    source.open()
    captures = [source.read() for _ in range(2)]
    assert all(isinstance(capture, JpegCapture) for capture in captures)
    numbers = [capture.stamp.number for capture in captures if capture.stamp]  # type: ignore[attr-defined]
    assert numbers == [1, 4]  # the camera's count, not that of the pictures sent


def test_frames_that_are_not_wanted_are_not_even_copied(camera: FakeVideo, clock: Clock) -> None:
    camera.codec, camera.packets = "MJPG", [photo()]
    source = CameraSource(0, SourceOptions(), clock)
    source.limit(1)
    source.open()
    for _ in range(2):
        source.read()
    assert camera.retrieved == 2
    assert 22 < camera.grabbed <= 31  # a frame may come early


def test_broken_jpegs_at_the_start_are_skipped(camera: FakeVideo, clock: Clock) -> None:
    good = photo()
    camera.codec, camera.packets = "MJPG", [good[:100], good, b"", good, good]
    source = CameraSource(0, SourceOptions(), clock)
    source.open()
    assert source.read().encode(80) == good
    assert camera.grabbed == 5  # 15 of 30, the first and third are broken


def test_a_broken_jpeg_among_the_others_is_one_picture_less(
    camera: FakeVideo, clock: Clock
) -> None:
    good = photo()
    camera.codec, camera.packets = "MJPG", [good, good[:100], *[good] * 58]
    source = CameraSource(0, SourceOptions(fps=30), clock)
    source.open()
    assert source.read().encode(80) == good
    with pytest.raises(SourceError, match="no complete JPEG"):
        source.read().encode(80)
    assert source.read().encode(80) == good


def test_a_camera_that_promises_jpeg_and_gives_something_else_is_decoded(
    camera: FakeVideo, clock: Clock
) -> None:
    camera.codec, camera.packets = "MJPG", [bytes(1000)]
    source = CameraSource(0, SourceOptions(fps=30), clock)
    source.open()
    assert isinstance(source.read(), ImageCapture)
    assert camera.settings[cv2.CAP_PROP_CONVERT_RGB] == 1
    source.open()  # another try begins anew
    assert camera.settings[cv2.CAP_PROP_CONVERT_RGB] == 0


def test_a_camera_whose_pictures_nobody_can_read(camera: FakeVideo, clock: Clock) -> None:
    camera.codec, camera.packets, camera.converts = "MJPG", [bytes(1000)], False
    source = CameraSource(0, SourceOptions(fps=30), clock)
    source.open()
    with pytest.raises(SourceError, match="no JPEGs"):
        source.read()
