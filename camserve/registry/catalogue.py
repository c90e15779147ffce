"""The running server's copy of the cameras, in memory, so that no frame waits for a database."""

import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import trio

from camserve.registry.camera import Camera
from camserve.registry.errors import RegistryError

if TYPE_CHECKING:
    from camserve.registry.cameras import Registry

#: Called with a camera before and after a change; before None: added, after None: removed.
Listener = Callable[[Camera | None, Camera | None], None]

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


class Catalogue:
    """The cameras as they were at the last `refresh`, empty before the first one.

    Reading is plain and never waits. Everything async asks the database in a thread, one question
    at a time; cancellation does not wait for a database that hangs: a change may then happen or
    not, as a whole.
    """

    def __init__(self, registry: "Registry") -> None:
        self._registry = registry
        self._cameras: dict[int, Camera] = {}  # by id, in the order of ids
        self._revision: int | None = None
        self._listeners: list[Listener] = []
        # Its own: a database that hangs must not use up the threads that others need.
        self._limiter = trio.CapacityLimiter(1)
        self._refreshing = trio.Lock()
        self._read_at = float("-inf")  # when the last look at the database began
        self._failing = False

    def get(self, camera_id: int) -> Camera | None:
        """The camera with this id; any int may be asked for."""
        return self._cameras.get(camera_id)

    def cameras(self) -> tuple[Camera, ...]:
        """All cameras, by id."""
        return tuple(self._cameras.values())

    @property
    def is_failing(self) -> bool:
        """Whether the last look at the database was in vain."""
        return self._failing

    def on_change(self, listener: Listener) -> None:
        """Have this called for each camera that differs, from now on.

        It is called in the event loop, after `get` and `cameras` know the change, and must not
        block. Changes between two refreshes are seen as one: a camera that was removed and added
        again under its id is a change, with a higher token_generation.
        """
        self._listeners.append(listener)

    async def refresh(self) -> None:
        """Take over what the database has now, and tell the listeners what differs.

        Raises: DatabaseError: nothing was taken over.
        """
        # One at a time: of two answers the older one must not be taken over last.
        async with self._refreshing:
            await self._refresh_in_turn()

    async def catch_up(self) -> None:
        """Know what was written before this call, so that nobody is refused who was just added.

        Many who ask at the same time cost one look at the database. While that fails, nothing is
        taken over; how long to wait for it is the caller's affair.
        """
        asked_at = trio.current_time()
        async with self._refreshing:
            if self._read_at <= asked_at:
                await self._refresh_or_log(self._refresh_in_turn)

    async def _refresh_in_turn(self) -> None:
        self._read_at = trio.current_time()
        answer = await self._in_thread(partial(self._read_if_changed, self._revision))
        if answer is not None:
            self._revision, cameras = answer
            self._take_over({camera.id: camera for camera in cameras})

    async def watch(
        self,
        interval: float = 0.5,
        *,
        task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
    ) -> None:
        """Refresh every `interval` seconds, for ever; started after the first time.

        While the database fails, which is logged once, the cameras stay as they are.
        """
        await self._refresh_or_log(self.refresh)
        task_status.started()
        while True:
            await trio.sleep(interval)
            await self._refresh_or_log(self.refresh)

    async def add(
        self,
        name: str,
        *,
        camera_id: int | None = None,
        description: str = "",
        movable: bool = False,
        allow_open_upload: bool = False,
    ) -> Camera:
        """As Registry.add; the listeners were called when it returns."""
        return await self._write(
            partial(
                self._registry.add,
                name,
                camera_id=camera_id,
                description=description,
                movable=movable,
                allow_open_upload=allow_open_upload,
            )
        )

    async def change(
        self,
        camera_id: int,
        *,
        name: str | None = None,
        description: str | None = None,
        movable: bool | None = None,
    ) -> Camera:
        """As Registry.change; the listeners were called when it returns."""
        return await self._write(
            partial(
                self._registry.change,
                camera_id,
                name=name,
                description=description,
                movable=movable,
            )
        )

    async def remove(self, camera_id: int) -> None:
        """As Registry.remove; the listeners were called when it returns."""
        await self._write(partial(self._registry.remove, camera_id))

    async def rotate(self, camera_id: int) -> Camera:
        """As Registry.rotate; the listeners were called when it returns."""
        return await self._write(partial(self._registry.rotate, camera_id))

    async def take_code(self, code: str) -> bool:
        """As Registry.take_code, now. Cancelled, the code may be gone."""
        return await self._in_thread(partial(self._registry.take_code, code, time.time()))

    async def _write(self, method: Callable[[], _T]) -> _T:
        result = await self._in_thread(method)
        # The change is done and on the disk: a failure from here on is not a failure of it.
        await self._refresh_or_log(self.refresh)
        return result

    async def _in_thread(self, method: Callable[[], _T]) -> _T:
        return await trio.to_thread.run_sync(method, limiter=self._limiter, abandon_on_cancel=True)

    def _read_if_changed(self, known: int | None) -> tuple[int, list[Camera]] | None:
        # The revision first: a change in between is then read twice, and never missed.
        revision = self._registry.revision()
        return None if revision == known else (revision, self._registry.cameras())

    async def _refresh_or_log(self, refresh: Callable[[], Awaitable[None]]) -> None:
        try:
            await refresh()
        except RegistryError as error:
            if not self._failing:
                logger.error("the cameras stay as they are until the database is back: %s", error)
            self._failing = True
        else:
            if self._failing:
                logger.info("the database is back")
            self._failing = False

    def _take_over(self, after: dict[int, Camera]) -> None:
        before, self._cameras = self._cameras, after
        for camera_id in sorted(before.keys() | after.keys()):
            old, new = before.get(camera_id), after.get(camera_id)
            if old != new:
                for listener in self._listeners:
                    self._call(listener, old, new)

    @staticmethod
    def _call(listener: Listener, before: Camera | None, after: Camera | None) -> None:
        # One listener's fault must keep neither the others nor the catalogue from the truth.
        try:
            listener(before, after)
        except Exception:
            logger.exception("a listener failed at a change of a camera")
