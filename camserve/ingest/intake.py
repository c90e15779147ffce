"""What a verified camera's frames pass before the hub takes them."""

import logging

import trio

from camserve.relay import Hub, Publisher
from camserve.wire import trim_jpeg

log = logging.getLogger(__name__)

COMPLAINT_INTERVAL = 60.0  # seconds


class Intake:
    """Publishes the frames of one connection, as long as they do not come too often.

    The newest of those that came too soon waits for its time; the others are dropped and counted.

    frames: how many came
    dropped: how many of them did not get to viewers: too soon, or no JPEG
    """

    def __init__(self, hub: Hub, camera_id: int, publisher: Publisher) -> None:
        self._hub = hub
        self._camera_id = camera_id
        self._publisher = publisher
        self._waiting: bytes | None = None
        self._came_too_soon = trio.Event()
        self._too_many = 0
        self._complains_at = 0.0
        self.frames = 0
        self.dropped = 0

    def take(self, payload: bytes) -> None:
        """A frame has come."""
        self.frames += 1
        jpeg = trim_jpeg(payload)
        if jpeg is None:
            self._hub.reject(self._camera_id)
            self.dropped += 1
        elif not self._hub.submit(self._camera_id, jpeg):
            self._replace_waiting(jpeg)
            self._came_too_soon.set()
        elif self._waiting is not None:
            self._replace_waiting(None)

    async def run(self) -> None:
        """Publish what waits when its time has come, until cancelled."""
        while True:
            await self._came_too_soon.wait()
            await trio.sleep_until(self._hub.free_at(self._camera_id))
            # It may have ended while this task was already awake: a removed camera must not come
            # back to life in the hub.
            if self._publisher.ending is not None:
                return
            if self._waiting is not None and self._hub.submit(self._camera_id, self._waiting):
                self._waiting = None
            if self._waiting is None:
                self._came_too_soon = trio.Event()

    def _replace_waiting(self, jpeg: bytes | None) -> None:
        if self._waiting is not None:
            self._hub.traffic(self._camera_id).excess += 1
            self._too_many += 1
            self.dropped += 1
            self._complain()
        self._waiting = jpeg

    def _complain(self) -> None:
        now = trio.current_time()
        if now < self._complains_at:
            return
        self._complains_at = now + COMPLAINT_INTERVAL
        log.warning(
            "camera %d sends more than %g frames per second: %d dropped since it connected",
            self._camera_id,
            self._hub.limits.frame_rate,
            self._too_many,
        )
