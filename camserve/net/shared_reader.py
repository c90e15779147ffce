"""One task that reads from many connections, for those that mostly send what needs no task.

A viewer that acknowledges each picture costs the server, for each, a task that wakes, finds a few
bytes, and sleeps again. Here the kernel says once for all connections which of them have something,
one read fetches it, and the connection's own task sleeps on unless something is left for it.
"""

import select
from collections.abc import Callable

import trio

from .stream import CLOSED, ConnectionStream, do_nothing

#: How long what arrives is gathered before it is read: one waking for many connections.
GATHERING = 0.004  # seconds; nothing that a viewer sends needs an answer sooner
_ALL = 1 << 16  # most connections in one round

#: Takes what it can of the bytes that arrived. Returns the rest for the connection's task, or None
#: when nothing is left for it.
Sorter = Callable[[bytes], bytes | None]


class _Waiting:
    """A task that sleeps until there is something for it."""

    def __init__(self, stream: ConnectionStream, sort: Sorter) -> None:
        self.stream = stream
        self.sort = sort
        self.woken = trio.Event()
        self.rest = b""
        self.error: Exception | None = None

    def readable(self) -> None:
        try:
            data = self.stream.receive_nowait()
        except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
            self.error = error
            self.woken.set()
            return
        if data is None:
            return
        try:
            rest = self.sort(data) if data else data
        except Exception as error:  # a fault of ours, but of one connection only
            self.error = error
            self.woken.set()
            return
        if rest is not None:
            self.rest = rest
            self.woken.set()

    def outcome(self) -> bytes:
        if self.error is not None:
            raise self.error
        return self.rest

    def closing(self) -> None:
        self.error = trio.ClosedResourceError("this connection was closed")
        self.woken.set()


class SharedReader:
    """Reads for all who `receive` from it. While `run` does not, nobody gets anything."""

    def __init__(self) -> None:
        self._epoll = select.epoll()
        self._waiting: dict[int, _Waiting] = {}

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve `receive` until cancelled."""
        task_status.started()
        while True:
            await trio.lowlevel.wait_readable(self._epoll.fileno())
            await trio.sleep(GATHERING)
            for number, _ in self._epoll.poll(0, _ALL):
                # One may have gone by what another one said.
                waiting = self._waiting.get(number)
                if waiting is not None and not waiting.woken.is_set():
                    waiting.readable()
                    if waiting.woken.is_set():
                        self._forget(number, waiting)

    async def receive(self, stream: ConnectionStream, sort: Sorter) -> bytes:
        """What `sort` leaves of the next bytes of which it leaves something; b"" at their end.

        sort: is called as soon as bytes arrive, in another task, and must not block

        Raises:
            trio.BrokenResourceError: the connection is gone.
            trio.ClosedResourceError: it was closed here.
        """
        number = stream.file_number
        if number == CLOSED:
            await trio.lowlevel.checkpoint()
            raise trio.ClosedResourceError("this connection was closed")
        waiting = _Waiting(stream, sort)
        waiting.readable()  # somebody may have put bytes back
        if waiting.woken.is_set():
            await trio.lowlevel.checkpoint()
            return waiting.outcome()
        self._epoll.register(number, select.EPOLLIN | select.EPOLLRDHUP)
        self._waiting[number] = waiting
        stream.before_close = lambda: self._closing(number, waiting)
        try:
            await waiting.woken.wait()
        finally:
            self._forget(number, waiting)
        return waiting.outcome()

    def _closing(self, number: int, waiting: _Waiting) -> None:
        self._forget(number, waiting)
        waiting.closing()

    def _forget(self, number: int, waiting: _Waiting) -> None:
        # Afterwards the number may belong to another connection.
        if self._waiting.get(number) is waiting:
            del self._waiting[number]
            waiting.stream.before_close = do_nothing
            if not self._epoll.closed:
                self._epoll.unregister(number)

    def close(self) -> None:
        """Give the system its file back."""
        self._epoll.close()
