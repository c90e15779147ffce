"""That the soak itself works, in seconds; `nox -s soak` takes half an hour."""

from pathlib import Path

from tests.soak.soak import soak

SECONDS = 4.0


async def test_soak_for_seconds(tmp_path: Path) -> None:
    soaked = await soak(tmp_path, 1, SECONDS, print)
    assert soaked.faults == []
    assert soaked.pictures > 100
    assert "moves" in "\n".join(soaked.table())
