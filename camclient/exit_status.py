"""The statuses that camclient ends with, and the one line that goes with a bad one."""

import sys

from camserve import logs

EXIT_OK = 0
EXIT_FAULT = 1  # the doctor found something wrong, or a dry run got no pictures
EXIT_USAGE = 2  # an option, variable or file is wrong: the next start would end in the same way
EXIT_REFUSED = 3  # the server knows neither this camera nor this token


def fail(message: str, status: int) -> int:
    """Tell on standard error why the program ends; returns the status."""
    print(f"camclient: {logs.one_line(message)}", file=sys.stderr)
    return status
