"""The command line `camserve`.

Starting it imports nothing heavy: each command imports what it needs when it runs, so that
`camserve --help` and a usage error are quick on the smallest computer, and work in a bare
installation.
"""

import contextlib
import io
import logging
import os
import sys
from collections.abc import Sequence

from camserve import logs
from camserve.cli.errors import CommandError
from camserve.cli.extras import explain_missing
from camserve.cli.parser import parse
from camserve.config import DataDirError, load_config
from camserve.registry import RegistryError
from camserve.settings import SettingsError

__all__ = ["main"]

_log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command.

    argv: the words after the program's name; None: those of this process.

    Returns the exit status: 0 done; 1 it could not be done, 2 it was asked for wrongly, both with
    one line on standard error; 130 interrupted by Ctrl+C before the server could take care of it.
    What leaves this function as an exception is a bug.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A camera's name must not fail a command only because the terminal cannot show it.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        try:
            _execute(argv)
        finally:
            sys.stdout.flush()
    except SettingsError as error:
        return _fail(str(error), 2)
    except CommandError as error:
        return _fail(str(error), error.status)
    except RegistryError as error:
        return _fail(str(error), 2 if error.is_misuse else 1)
    except DataDirError as error:
        return _fail(str(error), 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Whoever read our output (`| head`) has gone, and said with that what it thinks of more.
        # It is never the server's network: errors leave a nursery only in a group.
        _discard_output()
        return 1
    return 0


def _execute(argv: Sequence[str] | None) -> None:
    command = parse(argv)
    try:
        loaded = load_config(command.arguments, os.environ)
        logs.setup(loaded.settings.log_level, loaded.settings.log_format)
        for warning in loaded.warnings:
            _log.warning("%s", warning)
        command.call(command.arguments, loaded)
    except ModuleNotFoundError as error:
        explanation = explain_missing(error.name, command.name)
        if explanation is None:
            raise
        raise CommandError(explanation) from error


def _fail(message: str, status: int) -> int:
    sys.stderr.write(f"camserve: {logs.one_line(message)}\n")
    return status


def _discard_output() -> None:
    """Let what is still buffered go nowhere, or Python complains about it at exit."""
    with contextlib.suppress(OSError):
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
        os.close(sink)
