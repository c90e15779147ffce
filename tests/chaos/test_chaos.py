"""Short here; `nox -s chaos` goes on for minutes, `CHAOS_SEED` says what is done."""

import os
from pathlib import Path

from tests.chaos.run import chaos

SECONDS = 15.0  # and some for the beginning and the end
SEED = int(os.environ.get("CHAOS_SEED", "5"))


async def test_everything_comes_back(tmp_path: Path) -> None:
    print(f"CHAOS_SEED={SEED}")  # noqa: T201 - pytest shows it with a failure
    report = await chaos(tmp_path, SEED, SECONDS, print)
    assert report.pictures > 500
