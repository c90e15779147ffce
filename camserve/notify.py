"""Telling systemd how the program is doing: the protocol of sd_notify(3), without its library.

Each message is one datagram of `NAME=value` lines to the socket that the service manager names in
the environment. Without a service manager, or when it does not listen, nothing happens.
"""

import contextlib
import logging
import os
import socket
import time
from collections.abc import MutableMapping

SOCKET = "NOTIFY_SOCKET"
WATCHDOG_INTERVAL = "WATCHDOG_USEC"
WATCHDOG_PROCESS = "WATCHDOG_PID"
#: A status is one line for `systemctl status`; terminals are not wider than this.
LONGEST_STATUS = 200  # characters

log = logging.getLogger(__name__)


class Notifier:
    """What the service manager is told. No method waits or raises.

    Attributes:
        watchdog: seconds; without a sign of life for so long the manager kills and restarts the
            program. None: it does not watch.
    """

    def __init__(self, address: str | None = None, watchdog: float | None = None) -> None:
        """address: of the socket, a path or `@name` for an abstract one; None: nobody listens."""
        self.watchdog = watchdog if address else None
        # In Linux an abstract address begins with a zero byte.
        self._address = "\0" + address[1:] if address and address[0] == "@" else address
        self._socket: socket.socket | None = None
        self._status: str | None = None

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str] = os.environ) -> "Notifier":
        """Read the manager's variables and remove them, so that no child talks in our name."""
        address = environ.pop(SOCKET, "")
        microseconds = environ.pop(WATCHDOG_INTERVAL, "")
        process = environ.pop(WATCHDOG_PROCESS, "")
        watchdog = None
        # The variables of a parent that forgot to remove them are not for us.
        if not process or process == str(os.getpid()):
            with contextlib.suppress(ValueError):
                watchdog = int(microseconds) / 1_000_000
        return cls(address or None, watchdog if watchdog and watchdog > 0 else None)

    @property
    def listening(self) -> bool:
        """Whether there is a service manager to tell anything."""
        return self._address is not None

    def ready(self) -> None:
        """The program has started."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """One line for a person; nothing is sent while it stays the same."""
        line = " ".join(text.split())[:LONGEST_STATUS]
        if line != self._status:
            self._status = line
            self._send(f"STATUS={line}")

    def alive(self) -> None:
        """A sign of life for the watchdog: twice in its interval is the manager's advice."""
        self._send("WATCHDOG=1")

    def reloading(self) -> None:
        """The program reads its settings again; `ready` has to follow."""
        # The time is what Type=notify-reload of systemd 253 wants: it tells this reload from the
        # last one. Older ones ignore it.
        now = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._send(f"RELOADING=1\nMONOTONIC_USEC={now}")

    def stopping(self) -> None:
        """The program is about to end."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Let go of the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, message: str) -> None:
        if self._address is None:
            return
        try:
            if self._socket is None:
                self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                self._socket.setblocking(False)  # a manager that is stuck must not stop us
            self._socket.sendto(message.encode(), self._address)
        except (OSError, ValueError) as error:
            log.debug("the service manager was not told %s: %s", message, error)
