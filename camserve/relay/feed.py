"""All that is in memory of one camera."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import trio

from .audience import Audience
from .frame import Frame
from .pace import Pace
from .presence import Presence
from .rate import RateMeter
from .subscription import Subscription
from .traffic import Traffic


@dataclass(frozen=True, slots=True)
class CameraLimits:
    """What one camera may have at most.

    frame_rate: frames per second that are taken of it, below 1,000
    viewers: streams of it at a time
    """

    frame_rate: float = 240.0
    viewers: int = 2000


class CameraFullError(Exception):
    """The camera has as many viewers as it may have; str() says so."""

    def __init__(self, camera_id: int) -> None:
        super().__init__(f"Camera {camera_id} has as many viewers as it may have")


class Feed:
    """One camera; the hub decides what happens to it."""

    def __init__(self, stale_after: float, limits: CameraLimits) -> None:
        self.latest: Frame | None = None
        self.presence = Presence(stale_after)
        self.subscriptions: set[Subscription] = set()
        self.audience = Audience()
        self.meter = RateMeter()
        self.traffic = Traffic()
        self.pace = Pace(limits.frame_rate)
        self.places = 0  # those that viewers hold
        self.status_changed = trio.Event()

    def note_status_change(self) -> None:
        """Wake who waits for it; whoever waits from now on waits for the next one."""
        self.status_changed.set()
        self.status_changed = trio.Event()

    def note_demand_change(self) -> None:
        """Let the camera hear of it, if it is there and listens."""
        if self.presence.publisher is not None:
            self.presence.publisher.look_at_demand()

    @contextmanager
    def place(self, camera_id: int, most: int) -> Iterator[None]:
        """One of `most` places for viewers of this camera.

        Raises:
            CameraFullError: they are all taken.
        """
        if self.places >= most:
            self.traffic.refused += 1
            raise CameraFullError(camera_id)
        self.places += 1
        try:
            yield
        finally:
            self.places -= 1
