"""What becomes of each camera of an old server: decided here, without any database.

A camera is worth more than its name: where the name cannot stay as it is, the camera comes with
another one rather than not at all. What is here already is never changed, except that a camera of
the same id and name is given the old token besides its own.
"""

import hashlib
import itertools
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from camserve.registry.camera import (
    DESCRIPTION_CONTROLS,
    FIRST_GENERATION,
    MAX_CAMERA_ID,
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    NOT_IN_TEXT,
    Camera,
    is_camera_id,
)
from camserve.registry.old_server import OldCamera
from camserve.wire import MAX_TOKEN_BYTES


class Outcome(Enum):
    """What becomes of a camera."""

    IMPORTED = "imported"
    PRESENT = "present"  # it was here before, with what it needs
    REFUSED = "refused"  # it cannot be here; what is here stays as it is


@dataclass(frozen=True, slots=True)
class Import:
    """The decision on one camera.

    notes: what is to be told of it, each a phrase; empty when it is taken over just as it was
    camera: what the database has to hold, if that is to be written; None: nothing is to be written
    """

    old: OldCamera
    outcome: Outcome
    notes: tuple[str, ...] = ()
    camera: Camera | None = None


class Plan:
    """Decides camera by camera.

    cameras: those that are here; removed: the ids of those that were
    movable: whether those that come can be turned
    """

    def __init__(
        self, cameras: Iterable[Camera], removed: Iterable[int], *, movable: bool = False
    ) -> None:
        self._cameras = {camera.id: camera for camera in cameras}
        self._names = {camera.name for camera in self._cameras.values()}
        self._removed = frozenset(removed)
        self._movable = movable

    def decide(self, old: Iterable[OldCamera]) -> list[Import]:
        """In the given order; of two that want one name the first gets it."""
        decisions = []
        for camera in old:
            decision = self._decide(camera)
            if decision.camera is not None:
                self._cameras[camera.id] = decision.camera
                self._names.add(decision.camera.name)
            decisions.append(decision)
        return decisions

    def _decide(self, old: OldCamera) -> Import:
        if not is_camera_id(old.id):
            return _refused(old, f"ids are whole numbers from 1 to {MAX_CAMERA_ID}")
        here = self._cameras.get(old.id)
        if here is not None:
            return _compared(old, here)
        if old.id in self._removed:
            return _refused(
                old,
                "a camera with this id was removed here, and tokens of removed cameras stay "
                f"worthless; camserve camera add --id {old.id} gives it a new one",
            )
        digest, token_notes = _digest(old)
        name, name_notes = self._free_name(old)
        description, description_notes = _description(old)
        camera = Camera(
            id=old.id,
            name=name,
            description=description,
            movable=self._movable,
            allow_open_upload=False,
            token_generation=FIRST_GENERATION,
            imported_token_sha256=digest,
        )
        notes = (*name_notes, *description_notes, *token_notes)
        return Import(old, Outcome.IMPORTED, notes, camera)

    def _free_name(self, old: OldCamera) -> tuple[str, tuple[str, ...]]:
        name = next(one for one in _names(old) if one not in self._names)
        return name, () if name == old.name else (f'its name is now "{name}"',)


def _compared(old: OldCamera, here: Camera) -> Import:
    digest, _ = _digest(old)
    if digest is not None and here.imported_token_sha256 == digest:
        return Import(old, Outcome.PRESENT)
    if here.name not in itertools.islice(_names(old), 2):
        return _refused(old, f'its id is taken here by "{here.name}"')
    if digest is None:
        return Import(old, Outcome.PRESENT)
    if here.token_generation != FIRST_GENERATION or here.imported_token_sha256 is not None:
        return Import(
            old,
            Outcome.PRESENT,
            (
                "its token is another one here, and stays so: "
                f"camserve camera token {old.id} prints it",
            ),
        )
    changed = replace(here, imported_token_sha256=digest)
    return Import(old, Outcome.PRESENT, ("its old token counts as well now",), changed)


def _refused(old: OldCamera, reason: str) -> Import:
    return Import(old, Outcome.REFUSED, (reason,))


def _digest(old: OldCamera) -> tuple[str | None, tuple[str, ...]]:
    token = old.token.encode()
    if 1 <= len(token) <= MAX_TOKEN_BYTES:
        return hashlib.sha256(token).hexdigest(), ()
    problem = f"longer than {MAX_TOKEN_BYTES} bytes" if token else "empty"
    note = f"its token is {problem}: give it that of camserve camera token {old.id}"
    return None, (note,)


def _description(old: OldCamera) -> tuple[str, tuple[str, ...]]:
    description = _cleaned(old.description, DESCRIPTION_CONTROLS)
    if len(description) > MAX_DESCRIPTION_LENGTH:
        note = f"its description is cut to {MAX_DESCRIPTION_LENGTH} characters"
        return description[:MAX_DESCRIPTION_LENGTH], (note,)
    if description != old.description:
        return description, ("its description is without control characters now",)
    return description, ()


def _cleaned(text: str, allowed: str) -> str:
    """With spaces for what may not be there."""
    return "".join(
        " " if unicodedata.category(one) in NOT_IN_TEXT and one not in allowed else one
        for one in text
    )


def _names(old: OldCamera) -> Iterator[str]:
    """The names that it can have, best first, without an end."""
    name = _cleaned(old.name, "").strip()[:MAX_NAME_LENGTH].strip() or f"camera {old.id}"
    yield name
    for number in itertools.count(1):
        suffix = f" ({old.id})" if number == 1 else f" ({old.id}-{number})"
        yield name[: MAX_NAME_LENGTH - len(suffix)].rstrip() + suffix
