"""What systemd thinks of units, asked with its own program."""

import shutil
import subprocess
from pathlib import Path

import pytest

ANALYZE = shutil.which("systemd-analyze")
needs_systemd = pytest.mark.skipif(ANALYZE is None, reason="needs Debian's systemd")


def verify(unit: Path) -> None:
    """It is understood, down to the last line."""
    verified = _analyze("verify", str(unit))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


def judge(unit: Path, worst: float) -> None:
    """It is exposed no more than this, of 10."""
    judged = _analyze("security", "--offline=true", f"--threshold={worst * 10:.0f}", str(unit))
    assert judged.returncode == 0, judged.stdout[-200:]


def _analyze(*words: str) -> subprocess.CompletedProcess[str]:
    assert ANALYZE
    return subprocess.run(
        [ANALYZE, *words], capture_output=True, text=True, timeout=30, check=False
    )
