"""All that is in memory of one camera at one width."""

import logging
from collections.abc import Callable
from contextlib import suppress

import trio

from camserve.relay import Frame, Hub, Subscription

from .job import Job
from .picture import ScalingUnavailableError, UndecodableError

log = logging.getLogger(__name__)


class Stream:
    """The viewers who want new frames of one camera at one width.

    It has a task while it has viewers; the last one who leaves cancels it.
    """

    def __init__(self) -> None:
        self.subscriptions: set[Subscription] = set()
        self.newest: Frame | None = None
        self.scope = trio.CancelScope()

    def offer(self, frame: Frame) -> None:
        self.newest = frame
        for subscription in self.subscriptions:
            subscription.offer(frame)

    def end(self) -> None:
        for subscription in self.subscriptions:
            subscription.end()


class ScaledFeed:
    """Scales one camera's frames to one width, each at most once.

    start: runs a job for a frame in a task of its own
    """

    def __init__(
        self, camera_id: int, width: int, start: Callable[[Job, Frame, int], None]
    ) -> None:
        self.camera_id = camera_id
        self.width = width
        self.wanted_at = trio.current_time()
        self.stream: Stream | None = None
        self._start = start
        # By sequence number: those that somebody waits for, and the newest that is done.
        self._jobs: dict[int, Job] = {}

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for anything here."""
        return self.stream is None and all(job.is_done for job in self._jobs.values())

    async def scale(self, frame: Frame) -> Frame:
        """Wait for this frame in this feed's width; see Scaler.scaled."""
        sequence = frame.sequence
        job = self._jobs.get(sequence)
        if job is None:
            job = self._jobs[sequence] = Job()
            self._start(job, frame, self.width)
        try:
            return await job.result()
        finally:
            self.wanted_at = trio.current_time()
            if job.is_abandoned and self._jobs.get(sequence) is job:
                del self._jobs[sequence]
            self._forget_older()

    async def serve(self, stream: Stream, hub: Hub, skip: Callable[[Frame], None]) -> None:
        """Give new frames to the stream's viewers, until the camera or the stream ends.

        skip: told of each frame that cannot be decoded, and so is left out
        """
        try:
            with stream.scope, hub.subscribe(self.camera_id) as frames, suppress(trio.EndOfChannel):
                while True:
                    frame = await frames.receive()
                    try:
                        stream.offer(await self.scale(frame))
                    except UndecodableError:
                        skip(frame)
        except ScalingUnavailableError as error:
            log.error("camera %s: %s", self.camera_id, error)
        finally:
            stream.end()
            self.leave(stream)

    def leave(self, stream: Stream) -> None:
        """The stream is over; whoever comes now needs a new one."""
        self.wanted_at = trio.current_time()
        if self.stream is stream:
            self.stream = None

    def _forget_older(self) -> None:
        done = [sequence for sequence, job in self._jobs.items() if job.is_done]
        for sequence in sorted(done)[:-1]:
            del self._jobs[sequence]
