"""`camserve run` and `camserve demo`."""

import logging
import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from camserve.cli.errors import CommandError
from camserve.config import Config, load_config, make_data_dir
from camserve.settings import Loaded

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Serve until a signal. Raises: CommandError when the server cannot start."""
    with _signals_held_back():
        from camserve.reload import Reload
        from camserve.server import StartError
        from camserve.server import main as serve

        make_data_dir(loaded.settings)
        _raise_file_limit()
        reload = Reload(partial(load_config, arguments, os.environ), loaded.settings)
        try:
            serve(loaded.settings, reload)
        except StartError as error:
            raise CommandError(str(error), 2 if error.is_misuse else 1) from error
    _leave_a_stuck_camera_behind()


def demo(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Serve synthetic cameras until a signal. Raises: CommandError when it cannot start."""
    with _signals_held_back():
        from camserve.demo import main as show
        from camserve.server import StartError

        # A data directory that someone named is kept; else the demo leaves nothing behind.
        keep_data = "data_dir" in loaded.given
        if keep_data:
            make_data_dir(loaded.settings)
        _raise_file_limit()
        try:
            show(loaded.settings, keep_data=keep_data)
        except StartError as error:
            raise CommandError(str(error), 2 if error.is_misuse else 1) from error
    _leave_a_stuck_camera_behind()


@contextmanager
def _signals_held_back() -> Iterator[None]:
    """Let SIGINT, SIGTERM and SIGHUP wait until the server listens for them.

    On a small computer the imports alone take seconds, and who stops a service in that time has
    stopped it properly. Handlers that raise are no way: Python ignores what they raise inside a
    callback of its import system, and the signal is lost.
    """
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        while signal.sigtimedwait(SIGNALS, 0):
            pass  # everything has ended already
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _raise_file_limit() -> None:
    """Use as many open files as the system allows: each camera and each viewer needs one."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _leave_a_stuck_camera_behind() -> None:
    """Exit at once if the driver of the server's own camera hangs.

    Python would tear down OpenCV under a thread that is inside it, and crash.
    """
    from camclient.capture import thread_is_stuck

    if thread_is_stuck():
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
