"""Who watches one camera, and what they want of it together.

Nothing here runs by itself, and nothing is counted per frame: the demand is put together when a
viewer comes or goes with a wish that nobody else has. What ends with time alone is told by
`changes_at`, and whoever waits for the demand to change waits no longer than until then.
"""

import math
from typing import Final

from .demand import EVERYTHING, NOBODY, Demand, combined
from .viewer import Viewer

#: Seconds for which the demand of viewers that left still counts: who loads the page again, or
#: changes a wish, must not stop the camera and start it anew.
GRACE: Final = 1.0
#: Seconds for which one who asked for a single picture counts as a viewer who wants everything.
GLIMPSE: Final = 10.0


class Audience:
    """The viewers of one camera. Times are monotonic seconds."""

    def __init__(self) -> None:
        self._viewers: dict[Viewer, Demand] = {}
        # How many viewers want the same: a thousand with one wish cost no more than one.
        self._wishes: dict[Demand, int] = {}
        self._wanted = NOBODY  # by those who are here
        self._held = NOBODY  # by those who left; counts until `_held_until`
        self._held_until = -math.inf
        self._glimpsed_until = -math.inf

    @property
    def viewers(self) -> tuple[Viewer, ...]:
        """Who watches now."""
        return tuple(self._viewers)

    def come(self, viewer: Viewer, now: float) -> None:
        """This viewer watches from now on."""
        wish = self._viewers[viewer] = Demand.of(viewer)
        self._wishes[wish] = self._wishes.get(wish, 0) + 1
        if self._wishes[wish] == 1:
            self._put_together(now)

    def go(self, viewer: Viewer, now: float) -> None:
        """This viewer watches no longer."""
        wish = self._viewers.pop(viewer)
        self._wishes[wish] -= 1
        if not self._wishes[wish]:
            del self._wishes[wish]
            self._put_together(now)

    def glimpse(self, now: float) -> None:
        """Someone looked at a single picture, and may do so again."""
        self._glimpsed_until = now + GLIMPSE

    def demand(self, now: float) -> Demand:
        """What all of them want."""
        return EVERYTHING if now < self._glimpsed_until else self._of_viewers(now)

    def changes_at(self, now: float) -> float:
        """When the demand may change with nobody coming or going; infinity: it cannot."""
        ends = (self._held_until, self._glimpsed_until)
        return min((end for end in ends if end > now), default=math.inf)

    def _of_viewers(self, now: float) -> Demand:
        return self._wanted.joined(self._held) if now < self._held_until else self._wanted

    def _put_together(self, now: float) -> None:
        before = self._of_viewers(now)
        self._wanted = combined(self._wishes)
        if self._wanted.covers(before):
            self._held_until = -math.inf
            return
        self._held = before
        # One fall that has begun is not put off by the next: viewers that come and go without an
        # end would keep a camera busy for one that left long ago.
        if now >= self._held_until:
            self._held_until = now + GRACE
