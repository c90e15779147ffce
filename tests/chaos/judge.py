"""What is true of every picture at every viewer, whatever happens elsewhere."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.links.stamped import Stamp, read_stamp

#: As the issue promises; the machines of these tests are slow and do other work, too.
MOST_AGE = 2.0  # seconds


@dataclass
class Disturbance:
    """Something that was done to some of the parts, and for which pictures may be old.

    ended: monotonic, seconds; when everything had come back. None: it has not
    """

    parts: frozenset[str]
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None


class Judge:
    """Looks at every picture that any viewer gets.

    Attributes:
        pictures: how many it saw
        oldest: age of the oldest of them that nothing excused, seconds
        faults: what was wrong, in words
    """

    def __init__(self) -> None:
        self.pictures = 0
        self.oldest = 0.0
        self.faults: list[str] = []
        self._disturbances: list[Disturbance] = []

    def disturb(self, parts: Iterable[str]) -> None:
        """From now until `calm` pictures that come through these parts may be old."""
        self._disturbances.append(Disturbance(frozenset(parts)))

    def calm(self) -> None:
        """Everything has come back."""
        now = time.monotonic()
        for disturbance in self._disturbances:
            disturbance.ended = disturbance.ended or now

    def look(self, sight: "Sight", picture: bytes) -> None:
        """A picture has come to a viewer."""
        now = time.monotonic()
        self.pictures += 1
        try:
            stamp = read_stamp(picture)
        except ValueError as error:
            self._blame(sight, f"a damaged picture: {error}")
            return
        if stamp.camera != sight.camera:
            self._blame(sight, f"a picture of camera {stamp.camera}")
        before, sight.latest = sight.latest, stamp
        if before is not None and stamp.taken_at < before.taken_at:
            self._blame(sight, f"number {stamp.sequence} after number {before.sequence}")
        if before is not None and stamp == before:
            return  # the last one once more, as some streams need it
        age = now - stamp.taken_at
        if not self._is_excused(sight.parts, stamp.taken_at):
            self.oldest = max(self.oldest, age)
            if age > MOST_AGE:
                self._blame(sight, f"a picture {age:.2f} s old")

    def _is_excused(self, parts: frozenset[str], since: float) -> bool:
        return any(
            disturbance.parts & parts and (disturbance.ended is None or disturbance.ended >= since)
            for disturbance in self._disturbances
        )

    def _blame(self, sight: "Sight", what: str) -> None:
        self.faults.append(f"{time.monotonic():.2f} {sight}: {what}")


@dataclass
class Sight:
    """What one viewer sees of one camera.

    parts: those that its pictures come through, by name
    """

    kind: str
    camera: int
    parts: frozenset[str]
    latest: Stamp | None = None

    def __str__(self) -> str:
        return f"{self.kind} of camera {self.camera}"
