"""One picture on its way from a camera to its viewers."""

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One complete JPEG with its place in the camera's sequence.

    camera_id: the camera that took it
    sequence: rises by 1 per frame of this camera, and begins above every number ever given
    arrived_at: Unix time of arrival, seconds
    arrived: the same moment on the run's monotonic clock, seconds; ages come from this one
    jpeg: one complete image, SOI to EOI
    """

    camera_id: int
    sequence: int
    arrived_at: float
    arrived: float
    jpeg: bytes
    _encodings: dict[Callable[["Frame"], bytes], bytes] = field(default_factory=dict, repr=False)

    def shared(self, encode: Callable[["Frame"], bytes]) -> bytes:
        """What `encode` makes of this frame, made at most once and shared by all who ask."""
        encoded = self._encodings.get(encode)
        if encoded is None:
            encoded = self._encodings[encode] = encode(self)
        return encoded
