import struct
from math import inf

import pytest

from camserve.relay.demand import EVERYTHING, NOBODY, Demand, combined
from camserve.relay.viewer import Viewer
from camserve.wire import UNLIMITED_FPS, encode_demand


@pytest.mark.parametrize(
    ("fps", "width", "wanted"),
    [
        (None, None, EVERYTHING),
        (5.0, None, Demand(5, 0)),
        (None, 320, Demand(UNLIMITED_FPS, 320)),
        (0.5, 16, Demand(0.5, 16)),
        # From an updateDelay of less than a millisecond.
        (1e7, None, EVERYTHING),
        (inf, None, EVERYTHING),
    ],
)
def test_what_one_viewer_wants(fps: float | None, width: int | None, wanted: Demand) -> None:
    assert Demand.of(Viewer("mjpeg", fps, width)) == wanted


def test_who_wants_very_little_is_not_nobody() -> None:
    wanted = Demand.of(Viewer("mjpeg", 1e-300))
    (_, fps, _) = struct.unpack("<ifi", encode_demand(wanted.fps, wanted.width))
    assert fps > 0


@pytest.mark.parametrize(
    ("demands", "together"),
    [
        ([], NOBODY),
        ([Demand(5, 320)], Demand(5, 320)),
        ([Demand(5, 320), Demand(10, 160)], Demand(10, 320)),
        ([Demand(5, 0), Demand(10, 160)], Demand(10, 0)),
        ([Demand(5, 320), EVERYTHING], EVERYTHING),
        # Nobody's width is not the full one.
        ([NOBODY, Demand(5, 320), NOBODY], Demand(5, 320)),
        ([NOBODY, NOBODY], NOBODY),
    ],
)
def test_what_several_want(demands: list[Demand], together: Demand) -> None:
    assert combined(demands) == together
    assert combined(reversed(demands)) == together


def test_the_full_width_covers_every_other() -> None:
    assert Demand(5, 0).covers(Demand(5, 8192))
    assert not Demand(5, 8192).covers(Demand(5, 0))
    assert not Demand(5, 0).covers(Demand(6, 160))
    assert Demand(5, 160).covers(NOBODY)
    assert not NOBODY.covers(Demand(0.001, 16))
