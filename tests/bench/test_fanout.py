import pytest

from .fanout import Fanout
from .figures import fanout, turn


def test_ratios_are_taken_within_a_round() -> None:
    # A machine that became twice as slow in the second round: the ratio is the same.
    turns = (turn("floor", 0, 1.0), turn("mjpeg", 0, 1.2), turn("floor", 1, 2.0))
    result = Fanout(10, 30, 30_000, (*turns, turn("mjpeg", 1, 2.4)), ())
    assert result.ratios("mjpeg") == pytest.approx([1.2, 1.2])


def test_a_round_without_a_floor_gives_no_ratio() -> None:
    result = Fanout(10, 30, 30_000, (turn("mjpeg", 0, 1.0),), ())
    assert result.ratios("mjpeg") == []
    assert "CPU per frame" not in str([check.target for check in result.checks()])


def test_bytes_that_base64_adds_are_set_aside() -> None:
    turns = (turn("mjpeg", 0, 1.0, size=30_000), turn("events", 0, 2.0, size=40_000))
    result = Fanout(10, 30, 30_000, turns, ())
    assert result.ratios("events", "mjpeg", per_byte=True) == pytest.approx([1.5])


def test_targets_of_a_good_run_are_met() -> None:
    checks = list(fanout(mjpeg=1.4).checks())
    assert len(checks) == 3
    assert all(check.met for check in checks)


def test_a_server_that_costs_too_much_is_told() -> None:
    missed = [check for check in fanout(mjpeg=1.6).checks() if not check.met]
    assert [(check.target, check.measured) for check in missed] == [
        ("10 viewers, mjpeg: CPU per frame ≤ 1.5 x floor", "1.60")
    ]


def test_a_crowd_is_asked_for_its_frame_rate_only() -> None:
    slower = Fanout(1000, 30, 30_000, (turn("mjpeg", 0, 1.0, viewers=11),), ())
    (check,) = slower.checks()
    assert check.measured == "27.3 fps on 1.00 cores"
    assert not check.met
