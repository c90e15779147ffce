"""Standard output and error may be full, broken or closed: the camera goes on all the same."""

import contextlib
import os
import sys


def replace_closed() -> None:
    """Let what is closed lead to nowhere. Before anything else is opened.

    The system gives the lowest free number to what is opened next. A camera's driver that complains
    on standard error, number 2, would write into the connection to the server.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets this number, as all below are taken
    # Python has noticed, and made them None.
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def flush() -> None:
    """Write what is still kept back, if anybody takes it."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
