import pytest

from tests.camclient.sources.fake_video import Clock, FakeVideo


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def camera(monkeypatch: pytest.MonkeyPatch, clock: Clock) -> FakeVideo:
    fake = FakeVideo(clock)
    monkeypatch.setattr("cv2.VideoCapture", lambda: fake)
    return fake
