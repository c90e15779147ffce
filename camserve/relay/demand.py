"""What viewers want of a camera: one viewer, and several together."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from typing import Final, Self

from camserve.wire import UNLIMITED_FPS

from .viewer import Viewer

#: Below this a float32 would make 0 of it, which says that nobody watches.
LEAST_FPS: Final = 0.001


@dataclass(frozen=True, slots=True)
class Demand:
    """The most that anybody wants now.

    fps: frames per second; 0: nobody watches; UNLIMITED_FPS: every frame there is
    width: pixels; 0: as wide as they come
    """

    fps: float
    width: int

    @classmethod
    def of(cls, viewer: Viewer) -> Self:
        """What this viewer asked for."""
        fps = UNLIMITED_FPS if viewer.fps is None else viewer.fps
        return cls(max(LEAST_FPS, min(UNLIMITED_FPS, fps)), viewer.width or 0)

    def joined(self, other: "Demand") -> "Demand":
        """The least that satisfies both."""
        if not self.fps or not other.fps:
            # The width 0 of nobody is not the width 0 of one who wants it full.
            return self if self.fps else other
        is_full = not self.width or not other.width
        width = 0 if is_full else max(self.width, other.width)
        return Demand(max(self.fps, other.fps), width)

    def covers(self, other: "Demand") -> bool:
        """Whether who is satisfied with `other` is so with this as well."""
        return self.joined(other) == self


NOBODY: Final = Demand(0.0, 0)
EVERYTHING: Final = Demand(UNLIMITED_FPS, 0)


def combined(demands: Iterable[Demand]) -> Demand:
    """The least that satisfies all of them; NOBODY when there are none."""
    return reduce(Demand.joined, demands, NOBODY)
