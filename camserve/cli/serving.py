"""`camserve run` and `camserve demo`."""

import logging
import os
import resource
import sys
from collections.abc import Mapping

from camserve.cli.errors import CommandError
from camserve.config import Config, make_data_dir
from camserve.settings import Loaded


def run(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Serve until a signal. Raises: CommandError when the server cannot start."""
    from camserve.server import StartError
    from camserve.server import main as serve

    make_data_dir(loaded.settings)
    _raise_file_limit()
    try:
        serve(loaded.settings)
    except StartError as error:
        raise CommandError(str(error)) from error
    _leave_a_stuck_camera_behind()


def demo(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Serve synthetic cameras until a signal. Raises: CommandError when it cannot start."""
    from camserve.demo import main as show
    from camserve.server import StartError

    # A data directory that someone named is kept; else the demo leaves nothing behind.
    keep_data = "data_dir" in loaded.given
    if keep_data:
        make_data_dir(loaded.settings)
    try:
        show(loaded.settings, keep_data=keep_data)
    except StartError as error:
        raise CommandError(str(error)) from error


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
