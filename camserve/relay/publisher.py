"""The connection on which a camera's frames arrive, as everyone but ingest sees it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import trio

from .demand import Demand


@dataclass(frozen=True, slots=True)
class Move:
    """Turn to (x, y), each -1 to 1; x is pitch, y is yaw."""

    x: float
    y: float


class Update(Enum):
    """Please update and restart."""

    UPDATE = "update"


Message = Move | Update | Demand


def _no_demand() -> tuple[None, float]:
    return None, math.inf


class Ending(Enum):
    """Why the server ends a publisher's connection."""

    REPLACED = "replaced"
    REMOVED = "removed"
    ROTATED = "rotated"
    STOPPING = "stopping"


class Publisher:
    """What a connected camera can be told: messages, and that it has to go.

    Nothing here waits for the camera: messages lie in a slot until ingest sends them.

    takes_demand: it understands what is said of the demand; old cameras die of it
    """

    def __init__(self, *, takes_demand: bool = False) -> None:
        self._takes_demand = takes_demand
        self._demand: Callable[[], tuple[Demand | None, float]] = _no_demand
        self._told: Demand | None = None
        self.ending: Ending | None = None
        self._scope = trio.CancelScope()
        self._move: Move | None = None
        self._update: trio.Event | None = None
        self._posted = trio.Event()

    @property
    def scope(self) -> trio.CancelScope:
        """The scope in which the connection is served; `end` cancels it."""
        return self._scope

    def end(self, ending: Ending) -> None:
        """End the connection; the first reason given stands."""
        if self.ending is None:
            self.ending = ending
            self._scope.cancel()

    def move(self, x: float, y: float) -> None:
        """Post a move; it replaces one that has not been sent yet.

        Each coordinate is brought into -1 to 1.
        """
        self._move = Move(max(-1.0, min(1.0, x)), max(-1.0, min(1.0, y)))
        self._posted.set()

    def follow(self, demand: Callable[[], tuple[Demand, float]]) -> None:
        """Tell the camera what this gives, at once and at each change, the newest only.

        demand: the demand now, and the monotonic time at which it may change by itself
        """
        if self._takes_demand:
            self._demand = demand
            self._posted.set()

    def look_at_demand(self) -> None:
        """The demand may have changed."""
        if self._takes_demand:
            self._posted.set()

    async def update(self) -> None:
        """Ask the camera to update itself; returns when the message went out."""
        if self._update is None:
            self._update = trio.Event()
            self._posted.set()
        await self._update.wait()

    async def next_message(self) -> Message:
        """Wait for a message to send to the camera."""
        while True:
            demand, changes_at = self._demand()
            if self._update is not None and not self._update.is_set():
                return Update.UPDATE
            if demand is not None and demand != self._told:
                self._told = demand
                return demand
            if self._move is not None:
                move, self._move = self._move, None
                return move
            self._posted = trio.Event()
            with trio.move_on_at(changes_at):
                await self._posted.wait()

    def sent(self, message: Message) -> None:
        """Ingest reports that `message` went out."""
        if message is Update.UPDATE and self._update is not None:
            self._update.set()
            self._update = None
