"""Cameras that send at an exact rate."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from .stamp import Picture

PATIENCE = 10.0  # seconds; far more than any frame takes

Sink = Callable[[bytes], None]
"""Where one camera's frames go. It may wait, and then the camera is late."""


@dataclass(frozen=True, slots=True)
class Camera:
    """number: as the server knows it. fps: frames per second. size: bytes of a frame."""

    number: int
    sink: Sink
    fps: float = 30.0
    size: int = 30_000


class Feeder:
    """Sends the frames of all cameras from one thread, each camera at its own even pace.

    Cameras are spread over the time between two frames, as those of a house would be. Each frame
    is stamped just before it is sent; a frame that is due a whole period late is left out and
    counted in `late`.
    """

    def __init__(self, cameras: Sequence[Camera]) -> None:
        self._cameras = cameras
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._pictures = [Picture(camera.size) for camera in cameras]
        self.sent = [0 for _ in cameras]
        self.late = 0
        self.error: OSError | None = None
        self._all_sent = threading.Event()

    def _run(self) -> None:
        try:
            self._send_for_ever()
        except OSError as error:
            self.error = error
            self._all_sent.set()  # nobody waits for what will never come

    def _send_for_ever(self) -> None:
        began = time.monotonic()
        periods = [1 / camera.fps for camera in self._cameras]
        due = [began + period * index / len(self._cameras) for index, period in enumerate(periods)]
        while True:
            index = min(range(len(due)), key=due.__getitem__)
            if self._stopping.wait(max(0.0, due[index] - time.monotonic())):
                return
            self._send(index)
            due[index] += periods[index]
            while due[index] < time.monotonic() - periods[index]:
                due[index] += periods[index]
                self.late += 1

    def _send(self, index: int) -> None:
        camera = self._cameras[index]
        self.sent[index] += 1
        jpeg = self._pictures[index].stamped(time.monotonic_ns(), self.sent[index], camera.number)
        camera.sink(jpeg)
        if all(self.sent):
            self._all_sent.set()

    def wait_for_first_frames(self) -> None:
        """Wait until each camera has sent a frame, or one has failed."""
        self._all_sent.wait(PATIENCE)

    @contextmanager
    def running(self) -> Iterator["Feeder"]:
        """Feed for as long as the block runs.

        Raises: OSError: the target closed a camera's connection meanwhile.
        """
        self._thread.start()
        try:
            yield self
        finally:
            self._stopping.set()
            self._thread.join(PATIENCE)
        if self.error is not None:
            raise self.error
