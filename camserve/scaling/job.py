"""One frame being made smaller, for all who want it."""

import logging

import trio

from camserve.relay import Frame

from .picture import ScalingError, ScalingUnavailableError, UndecodableError, shrink

log = logging.getLogger(__name__)


class Job:
    """Scales one frame once; gives up when nobody waits for it any more.

    It runs in a task of its own: a viewer who goes takes nothing away from the others.
    """

    def __init__(self) -> None:
        self._done = trio.Event()
        self._scope = trio.CancelScope()
        self._waiting = 0
        self._result: Frame | ScalingError = ScalingUnavailableError("The server is stopping")

    @property
    def is_done(self) -> bool:
        return self._done.is_set()

    @property
    def is_abandoned(self) -> bool:
        """Whether it was given up before it was done."""
        return self._scope.cancel_called and not self.is_done

    async def run(self, frame: Frame, width: int, limiter: trio.CapacityLimiter) -> None:
        try:
            with self._scope:
                jpeg = await trio.to_thread.run_sync(shrink, frame.jpeg, width, limiter=limiter)
                self._result = frame if jpeg is frame.jpeg else _smaller(frame, jpeg)
        except ScalingError as error:
            self._result = error
        except Exception:
            # The last resort: cameras send what they like, and an error here would end the server.
            log.exception("a frame of camera %d broke the scaler", frame.camera_id)
            self._result = UndecodableError("OpenCV failed")
        finally:
            self._done.set()

    async def result(self) -> Frame:
        """Wait until the frame is ready.

        Raises:
            UndecodableError, ScalingUnavailableError
        """
        self._waiting += 1
        try:
            await self._done.wait()
        finally:
            self._waiting -= 1
            # While it queues for a thread this ends it; a thread that works goes on to its end.
            if not self._waiting and not self.is_done:
                self._scope.cancel()
        if isinstance(self._result, ScalingError):
            # A new one for each: an exception collects the traceback of everyone who raises it.
            raise type(self._result)(*self._result.args) from self._result
        return self._result


def _smaller(frame: Frame, jpeg: bytes) -> Frame:
    # Not `replace`, which would hand the large frame's encodings on to the small one.
    return Frame(frame.camera_id, frame.sequence, frame.arrived_at, frame.arrived, jpeg)
