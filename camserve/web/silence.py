"""When something is to be sent again because nothing new has come."""

from collections.abc import Callable

import trio


class Silence:
    """Calls `repeat` when it is due, and from then on every `interval` seconds.

    interval: seconds
    """

    def __init__(
        self, repeat: Callable[[], None], *, interval: float, clock: Callable[[], float]
    ) -> None:
        self._repeat = repeat
        self._interval = interval
        self._clock = clock
        self._due = float("inf")
        self._waiting = trio.CancelScope()  # ends when the repeat is due, or a little before

    async def watch(self) -> None:
        """Has to run all the time.

        It is a task of its own since a time limit around each frame would cost more.
        """
        while True:
            with trio.CancelScope(deadline=self._due) as self._waiting:
                await trio.sleep_forever()
            if self._clock() >= self._due:
                self._repeat()
                self._due = self._clock() + self._interval

    def break_after(self, delay: float) -> None:
        """The next repeat is due so many seconds from now, unless this is called before."""
        self._due = self._clock() + delay
        if self._waiting.deadline > self._due:
            self._waiting.deadline = self._due

    def break_within(self, delay: float) -> None:
        """The next repeat is due so many seconds from now, or as before if that is earlier."""
        if self._due > self._clock() + delay:
            self.break_after(delay)
