"""The connection on which a camera's frames arrive, as everyone but ingest sees it."""

from dataclasses import dataclass
from enum import Enum

import trio


@dataclass(frozen=True, slots=True)
class Move:
    """Turn to (x, y), each -1 to 1; x is pitch, y is yaw."""

    x: float
    y: float


class Update(Enum):
    """Please update and restart."""

    UPDATE = "update"


class Ending(Enum):
    """Why the server ends a publisher's connection."""

    REPLACED = "replaced"
    REMOVED = "removed"
    ROTATED = "rotated"
    STOPPING = "stopping"


class Publisher:
    """What a connected camera can be told: messages, and that it has to go.

    Nothing here waits for the camera: messages lie in a slot until ingest sends them.
    """

    def __init__(self) -> None:
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

    async def update(self) -> None:
        """Ask the camera to update itself; returns when the message went out."""
        if self._update is None:
            self._update = trio.Event()
            self._posted.set()
        await self._update.wait()

    async def next_message(self) -> Move | Update:
        """Wait for a message to send to the camera."""
        while True:
            if self._update is not None and not self._update.is_set():
                return Update.UPDATE
            if self._move is not None:
                move, self._move = self._move, None
                return move
            self._posted = trio.Event()
            await self._posted.wait()

    def sent(self, message: Move | Update) -> None:
        """Ingest reports that `message` went out."""
        if message is Update.UPDATE and self._update is not None:
            self._update.set()
            self._update = None
