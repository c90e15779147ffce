"""A camera that is to give fewer pictures for a while, or none any more."""

import pytest

from camclient.sources import SourceOptions
from camclient.sources.camera import CameraSource
from camclient.sources.source import SourceError
from tests.camclient.sources.fake_video import Clock, FakeVideo


def test_a_limit_holds_before_and_after_the_camera_is_opened(
    camera: FakeVideo, clock: Clock
) -> None:
    source = CameraSource(0, SourceOptions(fps=10), clock)
    source.limit(1)
    source.open()
    for _ in range(2):
        source.read()
    assert camera.retrieved == 2
    assert 22 < camera.grabbed <= 31  # a frame may come early
    source.close()
    source.open()
    before = camera.grabbed
    source.read()
    assert camera.grabbed == before + 1  # the first picture comes at once
    source.read()
    assert camera.grabbed > before + 20


def test_a_limit_that_is_raised_takes_the_very_next_frame(camera: FakeVideo, clock: Clock) -> None:
    source = CameraSource(0, SourceOptions(fps=10), clock)
    source.open()
    source.limit(0.2)
    source.read()
    clock.now += 1
    source.limit(None)
    source.read()
    assert camera.grabbed == 2
    source.read()
    assert camera.grabbed == 5  # never more than it was made for


def test_a_limit_above_its_own_rate_changes_nothing(camera: FakeVideo, clock: Clock) -> None:
    source = CameraSource(0, SourceOptions(fps=10), clock)
    source.limit(100)
    source.open()
    for _ in range(11):
        source.read()
    assert camera.grabbed == 31


def test_a_read_that_waits_for_a_wanted_frame_can_be_interrupted(
    camera: FakeVideo, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = CameraSource(0, SourceOptions(), clock)
    source.open()
    source.read()
    source.limit(0.01)
    grab = camera.grab

    def grab_and_interrupt() -> bool:
        if camera.grabbed == 20:
            source.interrupt()  # another thread does
        return grab()

    monkeypatch.setattr(camera, "grab", grab_and_interrupt)
    with pytest.raises(SourceError, match="interrupted"):
        source.read()
    assert camera.grabbed == 21
    source.close()
    source.limit(None)
    source.open()
    source.read()


def test_an_interrupt_while_it_opens_holds(camera: FakeVideo, clock: Clock) -> None:
    source = CameraSource(0, SourceOptions(), clock)
    source.interrupt()
    source.open()
    with pytest.raises(SourceError, match="interrupted"):
        source.read()
    assert camera.grabbed == 0
