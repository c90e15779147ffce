"""What went in and out of a camera is counted, and counts never go back."""

import pytest

from camserve.relay import Histogram, Hub, Traffic, Viewer


def test_a_histogram_counts_by_buckets() -> None:
    histogram = Histogram((0.1, 1.0))
    histogram.add(0.1, 3)  # an end belongs to the bucket below it
    histogram.add(0.5)
    histogram.add(7.0, 2)
    assert histogram.counts == [3, 1, 2]
    assert histogram.count == 6
    assert histogram.total == pytest.approx(14.8)


def test_frames_that_arrive() -> None:
    hub = Hub(clock=lambda: 0.0)
    hub.publish(1, b"12345")
    hub.publish(1, b"123")
    hub.reject(1)
    traffic = hub.traffic(1)
    assert (traffic.frames, traffic.bytes, traffic.rejected) == (2, 8, 1)


def test_an_unknown_camera_counts_nowhere() -> None:
    hub = Hub(clock=lambda: 0.0)
    hub.traffic(5).showed("snapshot", 10, 0.0)
    assert hub.traffic(5).delivered == {}


def test_drops_of_those_who_left_and_of_those_who_are_there() -> None:
    hub = Hub(clock=lambda: 0.0)
    first, second, third = Viewer("mjpeg"), Viewer("mjpeg"), Viewer("live")
    first.dropped, second.dropped, third.dropped = 5, 7, 1
    with hub.watched(1, second), hub.watched(1, third):
        with hub.watched(1, first):
            assert hub.traffic(1).dropped(hub.viewers(1)) == {"mjpeg": 12, "live": 1}
        assert hub.traffic(1).dropped(hub.viewers(1)) == {"mjpeg": 12, "live": 1}
    assert hub.traffic(1).dropped(hub.viewers(1)) == {"mjpeg": 12, "live": 1}


def test_single_pictures() -> None:
    traffic = Traffic()
    traffic.showed("snapshot", 100, 0.5)
    traffic.showed("snapshot", 50, -1.0)  # clocks may disagree; no age is negative
    delivered = traffic.to("snapshot")
    assert (delivered.frames, delivered.bytes, delivered.ages.total) == (2, 150, 0.5)


def test_a_removed_camera_begins_anew() -> None:
    hub = Hub(clock=lambda: 0.0)
    hub.publish(1, b"12345")
    hub.publish(2, b"1")
    hub.remove(1)
    assert (hub.traffic(1).frames, hub.traffic(2).frames) == (0, 1)
