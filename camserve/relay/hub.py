"""The hub: where frames change hands.

Theory of operation. Ingest (and the upload form) publish, the web subscribes, and between the
two stands one `Feed` per camera: its latest frame, its presence, its subscriptions. `publish`
puts the frame into every subscription's slot, replacing what a slower viewer has not taken, and
returns; it is a plain function without a checkpoint. So no viewer can slow a camera or another
viewer, and no lock is needed: between two awaits everything here is atomic.

A feed is made when somebody asks for one and goes when its camera is removed. Then, or when the
server stops, its subscriptions end after their last frame.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial

import trio

from .demand import Demand
from .feed import CameraLimits, Feed
from .frame import Frame
from .presence import State
from .publisher import Ending, Publisher
from .rate import Rate
from .subscription import Subscription
from .traffic import Traffic
from .viewer import Viewer

STALE_AFTER = 10.0  # seconds; the default of the setting


class Hub:
    """Latest frames, subscriptions and presence of all cameras. No method waits.

    stale_after: seconds without a frame after which a connected camera is stale
    limits: of each camera
    clock: monotonic seconds; wall_clock: Unix seconds
    """

    def __init__(
        self,
        *,
        stale_after: float = STALE_AFTER,
        limits: CameraLimits | None = None,
        clock: Callable[[], float] = trio.current_time,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._stale_after = stale_after
        self.limits = limits or CameraLimits()
        self._clock = clock
        self._wall_clock = wall_clock
        self._feeds: dict[int, Feed] = {}
        # Sequence numbers outlive their feed: a number is never given twice.
        self._sequences: dict[int, int] = {}
        self._closed = trio.Event()

    def configure(self, limits: CameraLimits) -> None:
        """Set other limits; who has a place keeps it."""
        self.limits = limits
        for feed in self._feeds.values():
            feed.pace.configure(limits.frame_rate)

    # -- cameras in ------------------------------------------------------------------------

    def publish(self, camera_id: int, jpeg: bytes, *, uploaded: bool = False) -> Frame:
        """Make `jpeg` the camera's latest frame and offer it to its viewers.

        jpeg: one complete image, SOI to EOI
        uploaded: it came by the upload form and not on a publisher's connection
        """
        feed = self._feed(camera_id)
        # Whole microseconds: whoever writes the time as a fraction or as an integer says the same.
        now, wall = self._clock(), round(self._wall_clock(), 6)
        frame = Frame(camera_id, self._next_sequence(camera_id, wall), wall, now, jpeg)
        feed.latest = frame
        feed.meter.add(now, len(jpeg))
        feed.traffic.frames += 1
        feed.traffic.bytes += len(jpeg)
        was_online = feed.presence.state(now) is State.ONLINE
        feed.presence.frame_arrived(now, uploaded=uploaded)
        if not was_online:
            feed.note_status_change()
        for subscription in feed.subscriptions:
            subscription.offer(frame)
        return frame

    def submit(self, camera_id: int, jpeg: bytes, *, uploaded: bool = False) -> bool:
        """`publish`, unless this camera sends more frames per second than it may."""
        if not self._feed(camera_id).pace.admits(self._clock()):
            return False
        self.publish(camera_id, jpeg, uploaded=uploaded)
        return True

    def free_at(self, camera_id: int) -> float:
        """The monotonic time from which on this camera may send its next frame."""
        return self._feed(camera_id).pace.free_at

    def reject(self, camera_id: int) -> None:
        """Count a payload that was no JPEG; viewers keep the last good frame."""
        self._feed(camera_id).traffic.rejected += 1

    @contextmanager
    def connected(self, camera_id: int, publisher: Publisher) -> Iterator[None]:
        """The camera's verified connection, for as long as the block runs.

        A publisher that was there before is ended: the newest connection wins.
        """
        feed = self._feed(camera_id)
        replaced = feed.presence.connected(publisher)
        if replaced is not None:
            replaced.end(Ending.REPLACED)
        if self._closed.is_set():
            publisher.end(Ending.STOPPING)
        publisher.follow(partial(self._demand, feed))
        feed.note_status_change()
        try:
            yield
        finally:
            feed.presence.disconnected(publisher)
            feed.note_status_change()

    # -- viewers out -----------------------------------------------------------------------

    def subscribe(self, camera_id: int) -> Subscription:
        """A viewer's place, to be entered with `with`; it begins with the latest frame."""
        feed = self._feed(camera_id)
        subscription = Subscription(feed.subscriptions)
        if feed.latest is not None:
            subscription.offer(feed.latest)
        if self._closed.is_set():
            subscription.end()
        return subscription

    def traffic(self, camera_id: int) -> Traffic:
        """What went in and out, to be read or added to; of an unknown camera it counts nowhere."""
        feed = self._feeds.get(camera_id)
        return Traffic() if feed is None else feed.traffic

    def latest(self, camera_id: int) -> Frame | None:
        feed = self._feeds.get(camera_id)
        return None if feed is None else feed.latest

    def publisher(self, camera_id: int) -> Publisher | None:
        """The camera's connection, to tell it something; None when it has none."""
        feed = self._feeds.get(camera_id)
        return None if feed is None else feed.presence.publisher

    def state(self, camera_id: int) -> State:
        feed = self._feeds.get(camera_id)
        return State.OFFLINE if feed is None else feed.presence.state(self._clock())

    def age(self, frame: Frame) -> float:
        """Seconds since `frame` arrived."""
        return max(0.0, self._clock() - frame.arrived)

    def rate(self, camera_id: int) -> Rate:
        feed = self._feeds.get(camera_id)
        return Rate(0.0, 0.0) if feed is None else feed.meter.rate(self._clock())

    @contextmanager
    def watched(self, camera_id: int, viewer: Viewer) -> Iterator[None]:
        """Keep the viewer in the camera's books for as long as the block runs."""
        feed = self._feed(camera_id)
        feed.audience.come(viewer, self._clock())
        feed.note_demand_change()
        try:
            yield
        finally:
            feed.audience.go(viewer, self._clock())
            feed.traffic.to(viewer.kind).dropped += viewer.dropped
            feed.note_demand_change()

    def glimpsed(self, camera_id: int) -> None:
        """Someone looks at a single picture: for a while as good as a viewer who wants all."""
        feed = self._feed(camera_id)
        feed.audience.glimpse(self._clock())
        feed.note_demand_change()

    def viewers(self, camera_id: int) -> tuple[Viewer, ...]:
        """Who watches this camera now."""
        feed = self._feeds.get(camera_id)
        return () if feed is None else feed.audience.viewers

    def place(self, camera_id: int) -> AbstractContextManager[None]:
        """A viewer's place at this camera while the block runs; raises CameraFullError."""
        return self._feed(camera_id).place(camera_id, self.limits.viewers)

    def note_status_change(self, camera_id: int) -> None:
        """Something that viewers are told of has changed outside of the hub, e.g. the name."""
        self._feed(camera_id).note_status_change()

    async def wait_status_change(self, camera_id: int) -> None:
        """Wait until the camera's state, or what else viewers are told of it, may have changed."""
        feed = self._feed(camera_id)
        with trio.move_on_at(feed.presence.changes_at(self._clock())):
            await feed.status_changed.wait()

    # -- ends ------------------------------------------------------------------------------

    def remove(self, camera_id: int) -> None:
        """The camera is no longer registered: its publisher, viewers and frame go."""
        feed = self._feeds.pop(camera_id, None)
        if feed is not None:
            self._end(feed, Ending.REMOVED)

    def end_publisher(self, camera_id: int, ending: Ending) -> None:
        publisher = self.publisher(camera_id)
        if publisher is not None:
            publisher.end(ending)

    def close(self) -> None:
        """Let every stream end properly, those that begin later included."""
        self._closed.set()
        for feed in self._feeds.values():
            self._end(feed, Ending.STOPPING)

    @property
    def is_closed(self) -> bool:
        """Whether the server is stopping."""
        return self._closed.is_set()

    async def wait_closed(self) -> None:
        """Wait until the server is stopping."""
        await self._closed.wait()

    def _end(self, feed: Feed, ending: Ending) -> None:
        if feed.presence.publisher is not None:
            feed.presence.publisher.end(ending)
        feed.note_status_change()
        for subscription in feed.subscriptions:
            subscription.end()

    def _demand(self, feed: Feed) -> tuple[Demand, float]:
        now = self._clock()
        return feed.audience.demand(now), feed.audience.changes_at(now)

    def _feed(self, camera_id: int) -> Feed:
        feed = self._feeds.get(camera_id)
        if feed is None:
            feed = self._feeds[camera_id] = Feed(self._stale_after, self.limits)
        return feed

    def _next_sequence(self, camera_id: int, wall: float) -> int:
        # Milliseconds since 1970 are above any number that an earlier run gave, as long as a
        # camera sends fewer than 1,000 frames a second.
        previous = self._sequences.get(camera_id, int(wall * 1000) - 1)
        self._sequences[camera_id] = previous + 1
        return previous + 1
