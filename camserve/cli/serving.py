"""`camserve run` and `camserve demo`."""

from collections.abc import Mapping

from camserve.cli.errors import CommandError
from camserve.config import Config, make_data_dir
from camserve.settings import Loaded


def run(arguments: Mapping[str, object], loaded: Loaded[Config]) -> None:
    """Serve until a signal. Raises: CommandError when the server cannot start."""
    from camserve.server import StartError
    from camserve.server import main as serve

    make_data_dir(loaded.settings)
    try:
        serve(loaded.settings)
    except StartError as error:
        raise CommandError(str(error)) from error


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
