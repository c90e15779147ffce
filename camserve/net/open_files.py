"""How many connections the operating system lets this process hold: each is an open file."""

import resource

#: Files that are no connection: database, listening sockets, pipes, and connections that are being
#: refused or were accepted a moment ago.
RESERVE = 128


def room_for_connections(wanted: int) -> int:
    """Make room for so many connections at a time; returns for how many there is.

    The limit that the system sets a process by itself (1,024 files on most) may be raised by the
    process, up to a second limit. See setrlimit(2).
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVE
    if soft != resource.RLIM_INFINITY and soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
            soft = allowed
        except (OSError, ValueError):
            pass  # some systems have one more limit, which they do not tell
    if soft == resource.RLIM_INFINITY:
        return wanted
    return min(wanted, max(soft - RESERVE, soft // 2))
