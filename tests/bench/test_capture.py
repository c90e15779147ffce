from pathlib import Path

import pytest

from camclient.sources import SourceOptions

from .capture import (
    MADE_ANEW,
    PASSED,
    TURNED,
    CaptureCost,
    cpu_per_picture,
    measure_capture,
    write_clip,
)
from .plan import Plan


def result(passed: float) -> CaptureCost:
    return CaptureCost(40_000, {PASSED: (passed, 0.1), MADE_ANEW: (0.004, 2.0)})


@pytest.mark.parametrize(("passed", "met"), [(0.0002, True), (0.0003, False)])
def test_the_target_is_a_twentieth(passed: float, met: bool) -> None:
    """The second round gives 1/20 exactly, so the median lies between it and the first."""
    (check,) = result(passed).checks()
    assert check.met is met


def test_the_table_says_what_a_picture_costs() -> None:
    (table,) = CaptureCost(40_000, {PASSED: (0.0001,), MADE_ANEW: (0.004,)}).tables()
    assert list(table.rows) == [(PASSED, "0.100", "0.025"), (MADE_ANEW, "4.000", "1.000")]
    assert "40 kB" in table.title
    assert "6.0% of one core" in str(table)


def test_a_short_run_of_the_real_thing() -> None:
    """Only that it runs, and that turning by EXIF is no decoding; times need an idle machine."""
    found = measure_capture(Plan(seconds=0.05, rounds=2))
    assert all(len(times) == 2 and min(times) > 0 for times in found.cpu.values())
    assert max(found.cpu[TURNED]) < min(found.cpu[MADE_ANEW])
    assert 20_000 < found.picture_bytes < 100_000


def test_one_picture_is_enough_when_there_is_no_time(tmp_path: Path) -> None:
    clip = tmp_path / "clip.avi"
    write_clip(clip)
    assert cpu_per_picture(clip, SourceOptions(), 0.0) > 0
