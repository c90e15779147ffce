"""How long a sender waits for the other side to take something."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import trio

#: With less, a live reader at 20 kB/s was cut, whose window opens only now and then.
LEAST_KERNEL_PATIENCE = 10.0  # seconds


class Patience:
    """seconds: that the other side has, again after each part that it took"""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until = float("inf")
        self._waiting: trio.CancelScope | None = None

    @contextmanager
    def waiting(self) -> Iterator[trio.CancelScope]:
        """The scope of one send; `extend` gives it its deadline."""
        scope = self._waiting = trio.CancelScope()
        try:
            with scope:
                yield scope
        finally:
            self._waiting = None

    def extend(self, scope: trio.CancelScope) -> None:
        """The other side has taken something, or is to begin."""
        scope.deadline = min(trio.current_time() + self._seconds, self._until)

    def hurry(self, deadline: float) -> None:
        """From `deadline` on (trio's clock) no send waits."""
        self._until = deadline
        if self._waiting is not None:
            self._waiting.deadline = min(self._waiting.deadline, deadline)


def forget_when_lost(connected: trio.socket.SocketType, seconds: float) -> None:
    """Have the kernel end the connection when nobody acknowledges for so long what was sent.

    A viewer of `/live` whose network has gone takes all of two frames, as far as we see, and says
    nothing more. Linux itself would try again for a quarter of an hour (tcp(7), tcp_retries2), and
    all that while the camera would send for this viewer.
    """
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        milliseconds = round(max(seconds, LEAST_KERNEL_PATIENCE) * 1000)
        with suppress(OSError):  # it has been reset already
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, milliseconds)
