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
    with _stopped_by_signals():
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


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """Let SIGINT and SIGTERM end the block quietly where the server does not yet listen for them.

    On a small computer the imports alone take seconds, and who stops a service in that time has
    stopped it properly.
    """
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)
