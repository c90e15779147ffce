"""What viewers are told of a camera when it changes."""

import json
from dataclasses import asdict, dataclass, field

from camserve.registry import Catalogue
from camserve.relay import Hub

from .times import iso_time


@dataclass(frozen=True, slots=True)
class Status:
    """A camera's state and what goes with it. When it was last active does not make a change."""

    camera: int
    name: str
    state: str
    last_active: str | None = field(compare=False)
    controls: tuple[str, ...]

    def json(self, **more: object) -> bytes:
        """In one line; `more` comes first."""
        return json.dumps({**more, **asdict(self)}).encode()


def status(hub: Hub, catalogue: Catalogue, camera_id: int) -> Status | None:
    """The camera's status now; None when it is not registered."""
    camera = catalogue.get(camera_id)
    if camera is None:
        return None
    return Status(
        camera=camera.id,
        name=camera.name,
        state=hub.state(camera.id).value,
        last_active=iso_time(hub.latest(camera.id)),
        controls=("move",) if camera.movable else (),
    )
