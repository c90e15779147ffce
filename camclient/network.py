"""Tells when the network changed, so that a lost server is tried again at once.

A link that comes back makes a burst of messages within a second: the link, its address, its routes.
A try after the first one may come too early, so each burst counts, but no more than one a second:
a link that flaps must not make a busy loop.
"""

import errno
import logging
import socket
from types import TracebackType

import trio

from camclient.netlink import GROUPS, NetworkState

QUIET = 0.1  # seconds without news that end a burst
LONGEST_BURST = 0.5  # seconds
SHORTEST_INTERVAL = 1.0  # seconds between two returns of wait()
MAX_DATAGRAM = 32 * 1024  # bytes; NLMSG_GOODSIZE, the kernel makes none that is larger

log = logging.getLogger(__name__)


class NetworkWatcher:
    """Listens to the kernel (rtnetlink) from the moment it is made; one task may wait.

    Where there is no rtnetlink, or a sandbox denies it, it never has news.
    """

    def __init__(self) -> None:
        self._state = NetworkState()
        self._socket = open_netlink()
        self._pending = False  # news that nobody was told of
        self._not_before = -float("inf")  # the next return, in trio's time

    def __enter__(self) -> "NetworkWatcher":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the socket; nobody may be waiting."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def wait(self) -> None:
        """Return when a link, an address or a route has appeared or changed.

        What happened since the last return counts too, so that nothing is missed while a try is
        under way. Returns at most once a second. Cancelled: no news is lost.
        """
        while not self._pending:
            await self._read()
        with trio.move_on_after(LONGEST_BURST):
            while True:
                with trio.move_on_after(QUIET) as quiet:
                    await self._read()
                if quiet.cancelled_caught:
                    break
        await trio.sleep_until(self._not_before)
        self._not_before = trio.current_time() + SHORTEST_INTERVAL
        self._pending = False

    async def _read(self) -> None:
        """Take one datagram, and wait for it."""
        if self._socket is None:
            await trio.sleep_forever()
        try:
            data, sender = await self._socket.recvfrom(MAX_DATAGRAM)
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                log.debug("network changes are not seen any more: %s", error)
                self.close()
                return
            self._state.forget()  # more happened than the socket's buffer could hold
            self._pending = True
        else:
            # The kernel is port 0. Others may write to us only as root, but a look costs nothing.
            if sender[0] == 0 and self._state.receive(data):
                self._pending = True


def open_netlink() -> trio.socket.SocketType | None:
    """A socket that hears of changes; None: not on this system, or not allowed."""
    if not hasattr(socket, "AF_NETLINK"):
        return None
    try:
        opened = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
        try:
            opened.bind((0, GROUPS))
            return trio.socket.from_stdlib_socket(opened)
        except BaseException:
            opened.close()
            raise
    except OSError as error:
        log.debug("network changes are not seen: %s", error)
        return None
