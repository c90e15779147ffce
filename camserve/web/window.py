"""How many frames may be on their way to a viewer that says what it has shown."""

from collections import deque


class Window:
    """The frames of one camera that a viewer has been sent and has not acknowledged.

    limit: most of them at a time
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._unacknowledged: deque[int] = deque()

    @property
    def is_full(self) -> bool:
        return len(self._unacknowledged) >= self._limit

    def sent(self, sequence: int) -> bool:
        """This frame is on its way; returns whether another one may follow."""
        self._unacknowledged.append(sequence)
        return len(self._unacknowledged) < self._limit

    def acknowledge(self, sequence: int) -> None:
        """The viewer has shown this frame, and so it is done with all before it."""
        while self._unacknowledged and self._unacknowledged[0] <= sequence:
            self._unacknowledged.popleft()
