"""The whole benchmark, as small as can be: floor, server, viewers and what they print."""

import json
from pathlib import Path

import pytest

from tests.processes import python, run

from .kind import KINDS


@pytest.mark.parametrize("kind", [kind.name for kind in KINDS if kind.protocol != "events"])
def test_a_small_run(tmp_path: Path, kind: str) -> None:
    small = "--quick --scenario fanout --viewers 3 --seconds 0.4 --rounds 1 --kinds"
    file = tmp_path / "numbers.json"
    done = run(python("tests.bench", *small.split(), kind, "--json", file))
    assert done.returncode == 0, done.stderr
    assert f"| {kind} " in done.stdout
    turns = json.loads(file.read_text())["by_scenario"]["fanout"]["turns"]
    (server,) = (turn for turn in turns if turn["kind"] == kind)
    (seen,) = server["window"]["groups"]
    assert seen["frames"] >= 3  # 12 frames for each of the three, on a machine that is not busy
    assert (seen["lost"], seen["backward"]) == (0, 0)
    assert server["window"]["cpu"] > 0
    assert server["memory"] > 0
