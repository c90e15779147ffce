"""The scaler: `?width=` for all who ask, each frame scaled once per width.

Theory of operation. Per camera and width there is one `ScaledFeed`. A snapshot asks it for one
frame, a stream for every new one, and both share its jobs: a job is one frame on its way through
OpenCV in a worker thread, and whoever wants that frame waits for the same job. While a stream has
viewers, one task takes the newest frame from the hub, has it scaled, and offers it to all of them;
frames that arrive meanwhile replace each other in the hub's slot. So a slow machine shows fewer
frames, and never older ones.

What is kept is bounded: the newest result of at most MAX_WIDTHS widths per camera, and nothing of
those that nobody wanted for FORGET_AFTER.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import trio

from camserve.relay import Frame, Hub, Subscription

from .feed import ScaledFeed, Stream
from .job import Job
from .picture import require_opencv

log = logging.getLogger(__name__)

MAX_WIDTHS = 8  # per camera at a time; each costs CPU for every frame
FORGET_AFTER = 5.0  # seconds that a result is kept after somebody wanted it
WARN_EVERY = 1.0  # seconds between two lines of the log about frames left out


class Scaler:
    """Frames in the width that viewers ask for.

    When a camera's MAX_WIDTHS widths are all in use, who asks for one more gets the next larger of
    them, or, if there is none, the frames as they come.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._feeds: dict[int, dict[int, ScaledFeed]] = {}
        self._nursery: trio.Nursery | None = None
        self._next_warning = float("-inf")
        # One processor stays for those who only want frames passed on.
        self._limiter = trio.CapacityLimiter(max(1, (os.cpu_count() or 1) - 1))

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Scale for whoever asks, until cancelled. Nobody may ask before this has started."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            while True:
                await trio.sleep(FORGET_AFTER)
                self._forget()

    async def scaled(self, frame: Frame, width: int) -> Frame:
        """Wait for `frame` in this width: the same number and times, a smaller JPEG.

        Exactly `width` pixels wide and upright, its shape kept; the same object back when it is
        not wider than that.

        Raises:
            UndecodableError: OpenCV cannot read this frame; others may be better.
            ScalingUnavailableError: OpenCV is not installed.
        """
        require_opencv()
        feed = self._feed(frame.camera_id, width)
        if feed is None:
            await trio.lowlevel.checkpoint()
            return frame
        return await feed.scale(frame)

    def subscribe(self, camera_id: int, width: int) -> AbstractContextManager[Subscription]:
        """A viewer's place, to be entered with `with`: frames in this width, as from the hub.

        It begins with the latest frame. Frames that OpenCV cannot read are skipped.

        Raises:
            ScalingUnavailableError: OpenCV is not installed.
        """
        require_opencv()
        return self._subscribed(camera_id, width)

    @contextmanager
    def _subscribed(self, camera_id: int, width: int) -> Iterator[Subscription]:
        feed = self._feed(camera_id, width)
        if feed is None:
            with self._hub.subscribe(camera_id) as subscription:
                yield subscription
            return
        stream = self._stream(feed)
        try:
            with Subscription(stream.subscriptions) as subscription:
                if stream.newest is not None:
                    subscription.offer(stream.newest)
                yield subscription
        finally:
            if not stream.subscriptions:
                stream.scope.cancel()
                feed.leave(stream)

    def _feed(self, camera_id: int, width: int) -> ScaledFeed | None:
        """The feed for this width, or what comes closest to it; None: the camera's own frames."""
        feeds = self._feeds.setdefault(camera_id, {})
        if width not in feeds:
            if len(feeds) >= MAX_WIDTHS:
                idle = [feed for feed in feeds.values() if feed.is_idle]
                if not idle:
                    return feeds.get(min((w for w in feeds if w > width), default=0))
                del feeds[min(idle, key=lambda feed: feed.wanted_at).width]
            feeds[width] = ScaledFeed(camera_id, width, self._start)
        return feeds[width]

    def _stream(self, feed: ScaledFeed) -> Stream:
        if feed.stream is None:
            feed.stream = Stream()
            self._running.start_soon(feed.serve, feed.stream, self._hub, self._skip)
        return feed.stream

    def _start(self, job: Job, frame: Frame, width: int) -> None:
        self._running.start_soon(job.run, frame, width, self._limiter)

    def _skip(self, frame: Frame) -> None:
        now = trio.current_time()
        if now >= self._next_warning:
            self._next_warning = now + WARN_EVERY
            log.warning("camera %s: skipped a frame that OpenCV cannot read", frame.camera_id)

    @property
    def _running(self) -> trio.Nursery:
        assert self._nursery is not None, "Scaler.run has not been started"
        return self._nursery

    def _forget(self) -> None:
        now = trio.current_time()
        for camera_id, feeds in tuple(self._feeds.items()):
            for width, feed in tuple(feeds.items()):
                if feed.is_idle and now - feed.wanted_at >= FORGET_AFTER:
                    del feeds[width]
            if not feeds:
                del self._feeds[camera_id]
