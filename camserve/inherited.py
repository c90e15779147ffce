"""Listening sockets that a service manager opened for us: sd_listen_fds(3), without its library."""

import os
import socket
import stat
from collections.abc import MutableMapping

FIRST = 3  # the number of the first descriptor, after the standard streams
COUNT = "LISTEN_FDS"
NAMES = "LISTEN_FDNAMES"
PROCESS = "LISTEN_PID"


class InheritedError(Exception):
    """Sockets that we cannot serve on; the message is one line for a person."""


def take_inherited(
    *purposes: str,
    environ: MutableMapping[str, str] = os.environ,
    first: int = FIRST,
) -> dict[str, list[socket.socket]]:
    """Take over the sockets that were meant for this process, by their purpose.

    The variables that speak of them are removed, and no child inherits them. Who calls closes them.

    purposes: the names that they may have (FileDescriptorName= in the socket's unit)
    first: number of the first descriptor

    Raises:
        InheritedError: one of them has no such name, or does not listen for TCP.
    """
    process, count, names = (environ.pop(name, "") for name in (PROCESS, COUNT, NAMES))
    taken: dict[str, list[socket.socket]] = {}
    # The variables of a parent that forgot to remove them are not for us.
    if process != str(os.getpid()) or not count.isdecimal():
        return taken
    descriptors = range(first, first + int(count))
    given = names.split(":") if names else [""] * len(descriptors)
    try:
        for descriptor, name in zip(descriptors, given, strict=True):
            if name not in purposes:
                raise InheritedError(
                    f"an inherited socket is called {name!r}; expected {' or '.join(purposes)}"
                    " (FileDescriptorName= in the unit of the socket)"
                )
            taken.setdefault(name, []).append(_listening(descriptor, name))
    except BaseException as error:
        _close(taken)
        if isinstance(error, ValueError):
            raise InheritedError(f"{COUNT} is {count}, {NAMES} is {names!r}") from error
        raise
    return taken


def _listening(descriptor: int, name: str) -> socket.socket:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            raise InheritedError(f"the inherited descriptor {name!r} is no socket")
        os.set_inheritable(descriptor, False)
        inherited = socket.socket(fileno=descriptor)
    except OSError as error:
        message = f"the inherited socket {name!r} cannot be used: {error.strerror}"
        raise InheritedError(message) from error
    if not _is_tcp(inherited) or not inherited.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        inherited.close()
        raise InheritedError(f"the inherited socket {name!r} does not listen for TCP connections")
    return inherited


def _is_tcp(one: socket.socket) -> bool:
    return one.family in {socket.AF_INET, socket.AF_INET6} and one.type == socket.SOCK_STREAM


def _close(taken: dict[str, list[socket.socket]]) -> None:
    for sockets in taken.values():
        for one in sockets:
            one.close()
