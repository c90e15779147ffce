"""The program starts here, as `camclient` and as `python -m camclient`.

It is small because imports take seconds on a small computer, and a signal may come before them.
"""

import os
import signal


def _end(number: int, frame: object) -> None:
    # Not by an exception: one that is raised amid an import may come out as another, or nowhere.
    os._exit(0)


def main() -> int:
    """Returns the exit status."""
    # Nothing has been begun: there is nothing to clean up. camclient.cli goes on from here.
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)
    from camclient.cli import main

    return main()


if __name__ == "__main__":
    raise SystemExit(main())
