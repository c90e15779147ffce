import threading

import pytest

from .feeder import Camera, Feeder
from .stamp import read_stamp


def test_cameras_send_stamped_pictures_one_after_the_other() -> None:
    sent: list[bytes] = []
    enough = threading.Event()

    def sink(jpeg: bytes) -> None:
        sent.append(jpeg)
        if len(sent) >= 20:
            enough.set()

    cameras = [Camera(1, sink, fps=500, size=100), Camera(2, sink, fps=500, size=200)]
    with Feeder(cameras).running() as feeder:
        assert enough.wait(10)
    stamps = [stamp for jpeg in sent if (stamp := read_stamp(jpeg))]
    assert len(stamps) == len(sent) == sum(feeder.sent)
    for number, size in ((1, 100), (2, 200)):
        own = [stamp for stamp in stamps if stamp.camera == number]
        assert [stamp.sequence for stamp in own] == list(range(1, len(own) + 1))
        assert {stamp.size for stamp in own} == {size}
        times = [stamp.sent_at for stamp in own]
        assert times == sorted(times)


def test_a_camera_that_is_cut_off_is_an_error() -> None:
    def sink(jpeg: bytes) -> None:
        raise BrokenPipeError("gone")

    with pytest.raises(BrokenPipeError), Feeder([Camera(1, sink)]).running() as feeder:
        feeder.wait_for_first_frames()
