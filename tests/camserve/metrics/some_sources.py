"""Sources with some numbers in them, and the text read back by the library."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import cast

from prometheus_client.parser import text_string_to_metric_families

from camserve.metrics import LoopLag, Readiness, Sources, exposition
from camserve.registry import Camera, Catalogue
from camserve.relay import Hub


@dataclass
class SomeCameras:
    """Stands in for the catalogue."""

    by_id: dict[int, Camera] = field(default_factory=dict)
    is_failing: bool = False

    def cameras(self) -> tuple[Camera, ...]:
        return tuple(self.by_id.values())

    def get(self, camera_id: int) -> Camera | None:
        return self.by_id.get(camera_id)


@dataclass
class Scene:
    """Some cameras, and what is said of them."""

    cameras: SomeCameras
    hub: Hub
    sources: Sources

    async def samples(self) -> dict[tuple[str, tuple[str, ...]], float]:
        """All samples of the text, by name and values of the labels."""
        text, _ = await exposition(self.sources, "")
        return {
            (sample.name, tuple(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(text.decode())
            for sample in family.samples
        }


def scene(*camera_ids: int, **changes: object) -> Scene:
    """changes: fields of Sources"""
    cameras = SomeCameras(
        {one: Camera(one, f"camera {one}", "", True, False, 1, None) for one in camera_ids}
    )
    hub, loop_lag = Hub(clock=lambda: 0.0), LoopLag(clock=lambda: 0.0)
    values: dict[str, object] = {
        "hub": hub,
        "catalogue": cast(Catalogue, cameras),
        "connections": SimpleNamespace(
            connections=7,
            unauthenticated=2,
            admitted=100,
            refused=3,
            gave_way=4,
            gave_way_address=5,
        ),
        "proofs": SimpleNamespace(failures=11, slowed=12),
        "publishers_refused": {"invalid_token": 6},
        "publishers_ended": {"left": 8},
        "answers": {200: 20, 404: 1},
        "loop_lag": loop_lag,
        "readiness": Readiness(
            is_stopping=lambda: False, is_database_failing=lambda: False, loop_lag=loop_lag
        ),
    }
    return Scene(cameras, hub, Sources(**{**values, **changes}))  # type: ignore[arg-type]


def repeated(text: str) -> Iterator[str]:
    """Lines of a text that are there more than once."""
    lines = text.splitlines()
    return (line for line in set(lines) if lines.count(line) > 1)
