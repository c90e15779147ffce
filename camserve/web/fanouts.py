"""Which fan-outs run: one per camera, size and kind of stream, while somebody watches."""

import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field

import trio

from camserve.relay import Hub

from .encoding import Encoding
from .fanout import Fanout
from .frame_source import FrameSource
from .status import Status

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a fan-out gives. width: pixels, None for frames as they come."""

    camera_id: int
    width: int | None
    encoding: Encoding


@dataclass(slots=True)
class Running:
    fanout: Fanout
    viewers: int = 0
    scope: trio.CancelScope = field(default_factory=trio.CancelScope)


class Fanouts:
    """Starts a fan-out for its first viewer and ends it with the last.

    scaled: subscribes to a camera's frames at a width in pixels
    describe: a camera's status for viewers; None when it is not registered
    """

    def __init__(
        self,
        hub: Hub,
        *,
        scaled: Callable[[int, int], AbstractContextManager[FrameSource]],
        describe: Callable[[int], Status | None],
    ) -> None:
        self._hub = hub
        self._scaled = scaled
        self._describe = describe
        self._running: dict[Wanted, Running] = {}
        self._nursery: trio.Nursery | None = None

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Keep the fan-outs running; has to run while `joined` is used."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await trio.sleep_forever()

    @contextmanager
    def joined(self, wanted: Wanted) -> Iterator[Fanout]:
        """The fan-out that gives what is wanted; it runs for as long as the block, or longer."""
        running = self._running.get(wanted)
        if running is None or running.fanout.ended:
            running = self._running[wanted] = self._start(wanted)
        running.viewers += 1
        try:
            yield running.fanout
        finally:
            running.viewers -= 1
            if running.viewers == 0:
                running.scope.cancel()
                if self._running.get(wanted) is running:
                    del self._running[wanted]

    def _start(self, wanted: Wanted) -> Running:
        assert self._nursery is not None
        delivered = self._hub.traffic(wanted.camera_id).to(wanted.encoding.kind)
        running = Running(Fanout(wanted.encoding, delivered=delivered))
        self._nursery.start_soon(self._run, wanted, running)
        return running

    async def _run(self, wanted: Wanted, running: Running) -> None:
        try:
            # A viewer may come at the moment in which its camera is removed: nothing would end it.
            if self._describe(wanted.camera_id) is None:
                return
            with running.scope:
                async with trio.open_nursery() as nursery:
                    if wanted.encoding.status is not None:
                        # Started, so that the first status comes before the first frame.
                        await nursery.start(self._tell_status, wanted.camera_id, running.fanout)
                    await self._write(wanted, running.fanout)
                    nursery.cancel_scope.cancel()
        except* Exception:
            # The last resort: what goes wrong here ends these streams and nobody else's.
            log.exception("the fan-out of camera %d failed", wanted.camera_id)
        finally:
            running.fanout.end()

    async def _write(self, wanted: Wanted, fanout: Fanout) -> None:
        if wanted.width is None:
            with self._hub.subscribe(wanted.camera_id) as frames:
                await fanout.run(frames)
        else:
            with self._scaled(wanted.camera_id, wanted.width) as frames:
                await fanout.run(frames)

    async def _tell_status(
        self, camera_id: int, fanout: Fanout, *, task_status: trio.TaskStatus[None]
    ) -> None:
        # A camera that was removed is not asked for again: it would come to life in the hub.
        while (status := self._describe(camera_id)) is not None:
            fanout.tell(status)
            task_status.started()
            task_status = trio.TASK_STATUS_IGNORED
            await self._hub.wait_status_change(camera_id)
        task_status.started()
