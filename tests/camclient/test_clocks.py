"""The time of day jumps: at boot on a computer without a battery, and with every correction."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(ROOT.glob("camclient/**/*.py"))
WALL_CLOCKS = {
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
}
#: Who shows the time of day to people, and does nothing else with it.
SHOWN = {
    "camclient/sources/overlay.py",
    "camclient/sources/pattern.py",
}


def wall_clocks(code: str) -> set[int]:
    """The lines that look at the time of day."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom):
            if any((node.module, alias.name) in WALL_CLOCKS for alias in node.names):
                found.add(node.lineno)
        elif isinstance(node, ast.Attribute):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else node.value
            name = owner.id if isinstance(owner, ast.Name) else owner
            if (name, node.attr) in WALL_CLOCKS:
                found.add(node.lineno)
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_timed_by_the_wall_clock(path: Path) -> None:
    found = wall_clocks(path.read_text())
    assert not found or str(path.relative_to(ROOT)) in SHOWN, f"lines {sorted(found)}"


def test_each_exception_is_still_needed() -> None:
    for name in SHOWN:
        assert wall_clocks((ROOT / name).read_text()), name


def test_the_rule_would_notice_one() -> None:
    assert wall_clocks("import time\nx = time.time()") == {2}
    assert wall_clocks("from time import time") == {1}
    assert wall_clocks("import datetime\ndatetime.datetime.now()") == {2}
    assert wall_clocks("from datetime import datetime\ndatetime.now()") == {2}
    assert not wall_clocks("import time\ntime.monotonic()")
