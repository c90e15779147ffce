"""What of one camera went in and out, as plain numbers that only rise.

Counted where many viewers are served by one step: a round of the fan-out is one addition, not one
per viewer. What is known of each viewer anyway (see viewer.py) is added when it leaves.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from .histogram import Histogram
from .viewer import Viewer

#: Upper ends in seconds. Below 5 ms is the server's own doing, around 0.1 s what people do not
#: notice yet, and above 1 s nobody would call it live.
AGE_BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


class Delivered:
    """What the viewers of one camera got, all those of one kind together.

    bytes: as the kind writes them, repeats included
    ages: how old frames were when the network had taken them, seconds; each frame and viewer once
    dropped: frames that newer ones replaced, for viewers that have left
    """

    __slots__ = ("ages", "bytes", "dropped")

    def __init__(self) -> None:
        self.bytes = 0
        self.ages = Histogram(AGE_BUCKETS)
        self.dropped = 0

    def took(self, age: float, viewers: int = 1) -> None:
        """So many viewers have got a frame that they did not have."""
        self.ages.add(max(0.0, age), viewers)

    @property
    def frames(self) -> int:
        return self.ages.count


class Traffic:
    """Counts of one camera since it was registered or the server started.

    frames, bytes: JPEGs that arrived
    rejected: payloads that were no JPEGs
    excess: frames that were dropped, as more came per second than may
    refused: viewers, as there were as many as there may be
    """

    __slots__ = ("_delivered", "bytes", "excess", "frames", "refused", "rejected")

    def __init__(self) -> None:
        self.frames = 0
        self.bytes = 0
        self.rejected = 0
        self.excess = 0
        self.refused = 0
        self._delivered: dict[str, Delivered] = {}

    def to(self, kind: str) -> Delivered:
        """The counts of this kind of viewers."""
        delivered = self._delivered.get(kind)
        if delivered is None:
            delivered = self._delivered[kind] = Delivered()
        return delivered

    def showed(self, kind: str, size: int, age: float) -> None:
        """Someone who asks for single pictures got one of so many bytes."""
        delivered = self.to(kind)
        delivered.took(age)
        delivered.bytes += size

    @property
    def delivered(self) -> Mapping[str, Delivered]:
        """By kind, those that there were so far."""
        return self._delivered

    def dropped(self, present: Iterable[Viewer]) -> dict[str, int]:
        """By kind, what all viewers missed; present: those who watch now."""
        dropped = {kind: one.dropped for kind, one in self._delivered.items()}
        for viewer in present:
            dropped[viewer.kind] = dropped.get(viewer.kind, 0) + viewer.dropped
        return dropped
