"""What one camera may have at most: frames per second, and viewers."""

import pytest

from camserve.relay import CameraFullError, CameraLimits, Hub
from tests.camserve.relay.clocks import Clock

JPEG = b"\xff\xd8\xff\xff\xd9"


def test_what_comes_too_soon_is_not_published() -> None:
    clock = Clock()
    hub = Hub(limits=CameraLimits(frame_rate=8), clock=clock, wall_clock=Clock(1_700_000_000.0))
    assert [hub.submit(1, JPEG) for _ in range(3)] == [True, True, False]
    latest = hub.latest(1)
    assert latest is not None
    assert latest.sequence == 1_700_000_000_001
    assert hub.submit(2, JPEG), "another camera has a pace of its own"
    clock.now = hub.free_at(1) + 0.001
    assert hub.submit(1, JPEG, uploaded=True)


def test_numbers_stay_below_the_clock() -> None:
    """Whatever a camera sends: after a second its next number is in the past, as on a restart."""
    clock, wall = Clock(), Clock(1_700_000_000.0)
    hub = Hub(limits=CameraLimits(frame_rate=900), clock=clock, wall_clock=wall)
    for _ in range(5000):
        hub.submit(1, JPEG)
        clock.now += 0.0002
        wall.now += 0.0002
    latest = hub.latest(1)
    assert latest is not None
    assert latest.sequence < wall.now * 1000


def test_viewers_places() -> None:
    hub = Hub(limits=CameraLimits(viewers=2))
    with hub.place(1):
        with hub.place(1), hub.place(2):
            with pytest.raises(CameraFullError, match="Camera 1 has as many viewers"), hub.place(1):
                pass
            assert hub.traffic(1).refused == 1
        with hub.place(1):
            pass


def test_other_limits() -> None:
    hub = Hub(limits=CameraLimits(frame_rate=1, viewers=2), clock=Clock())
    while hub.submit(1, JPEG):
        pass
    with hub.place(1), hub.place(1):
        hub.configure(CameraLimits(frame_rate=900, viewers=1))
        with pytest.raises(CameraFullError), hub.place(1):
            pass
    with hub.place(1):
        pass
    assert hub.submit(2, JPEG)
    assert hub.submit(1, JPEG), "a faster pace counts from now on"
