"""Is a camera there? The one place that says so; everyone else asks."""

import math
from enum import Enum

from .publisher import Publisher


class State(Enum):
    """online: connected, and a frame within `stale_after`; stale: connected, but no frame for
    longer, or none yet; offline: not connected.
    """

    ONLINE = "online"
    STALE = "stale"
    OFFLINE = "offline"


class Presence:
    """What is known of one camera's connection. Times are monotonic seconds.

    A camera has at most one publisher. A picture uploaded by a form has no connection; it
    counts as one for `stale_after` seconds.
    """

    def __init__(self, stale_after: float) -> None:
        self._stale_after = stale_after
        self._publisher: Publisher | None = None
        self._last_frame: float | None = None
        self._last_upload: float | None = None

    @property
    def publisher(self) -> Publisher | None:
        return self._publisher

    def connected(self, publisher: Publisher) -> Publisher | None:
        """A verified publisher came; returns the one that it replaces, if any."""
        replaced, self._publisher = self._publisher, publisher
        return replaced

    def disconnected(self, publisher: Publisher) -> None:
        """That publisher is gone; nothing happens when another has taken its place."""
        if self._publisher is publisher:
            self._publisher = None

    def frame_arrived(self, now: float, *, uploaded: bool) -> None:
        self._last_frame = now
        if uploaded:
            self._last_upload = now

    def state(self, now: float) -> State:
        uploading = self._is_recent(self._last_upload, now)
        if self._publisher is None:
            return State.ONLINE if uploading else State.OFFLINE
        # A frame of the connection before this one counts: a takeover is no interruption.
        return State.ONLINE if self._is_recent(self._last_frame, now) else State.STALE

    def changes_at(self, now: float) -> float:
        """When the state may change with nothing happening; infinity: it cannot."""
        moments = (self._last_frame, self._last_upload)
        ends = [moment + self._stale_after for moment in moments if moment is not None]
        # A moment later: at the very end of the time the frame is still recent.
        return min((end for end in ends if end >= now), default=math.inf) + 0.001

    def _is_recent(self, moment: float | None, now: float) -> bool:
        return moment is not None and now - moment <= self._stale_after
