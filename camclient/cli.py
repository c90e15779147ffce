"""The command line: `camclient` and `python -m camclient`."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

import trio

from camclient import standard_streams
from camclient.camera import run, source_options
from camclient.capture import thread_is_stuck
from camclient.config import Config, load_config
from camclient.exit_status import EXIT_OK, EXIT_USAGE, fail
from camclient.sources import InvalidSourceError, MissingOpenCVError, parse_source
from camserve import __version__, logs
from camserve.settings import SettingsError, add_options

log = logging.getLogger(__name__)

Call = Callable[[Mapping[str, object]], int]


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line; who wants the usage asks for --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {logs.one_line(message)}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for; returns the exit status, see `camclient.exit_status`."""
    standard_streams.replace_closed()
    try:
        status = _main(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        status = EXIT_OK
    if thread_is_stuck():
        # Python would exit all the same, as it waits for none of trio's threads, but it would tear
        # down OpenCV under a thread that is inside it, and crash. The system frees the camera.
        logging.shutdown()
        standard_streams.flush()
        os._exit(status)
    return status


def _make_signals_exceptions() -> None:
    """For a command that does not listen for them in trio, and has to clean up.

    The others leave them as `camclient.__main__` set them until they listen: a KeyboardInterrupt
    in the import of OpenCV may be lost in Python's import system.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)


def _main(words: Sequence[str]) -> int:
    command = words[0] if words and words[0] in COMMANDS else None
    call, _ = COMMANDS[command or "run"]
    arguments = _parse(command, words[1:] if command else words)
    try:
        return call(arguments)
    except MissingOpenCVError as error:
        return fail(str(error), EXIT_USAGE)
    except InvalidSourceError as error:
        return fail(f"source: {error}", EXIT_USAGE)
    except SettingsError as error:
        return fail(str(error), EXIT_USAGE)


def _parse(command: str | None, words: Sequence[str]) -> Mapping[str, object]:
    """The options by name. Ends the program when there is anything else."""
    parser = _parser(command)
    if command is None and words and not words[0].startswith("-"):
        *names, last = COMMANDS
        expected = f"{', '.join(names)} or {last}"
        parser.error(f"unknown command {words[0]!r}: expected {expected}")
    arguments, rest = parser.parse_known_args(words)
    late = next((word for word in rest if word in COMMANDS), None)
    if late is not None and command is None:
        parser.error(f"the command comes first: camclient {late} [OPTIONS]")
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    return vars(arguments)


def _run(arguments: Mapping[str, object]) -> int:
    if arguments.get("dry_run"):
        return _dry_run(arguments)
    loaded = load_config(arguments, os.environ)
    config = loaded.settings
    if config.dry_run:  # by its variable
        return _dry_run(arguments)
    source = parse_source(config.source, source_options(config))
    logs.setup(config.log_level, "text")
    for warning in loaded.warnings:
        log.warning("%s", warning)
    return trio.run(run, config, source)


def _dry_run(arguments: Mapping[str, object]) -> int:
    from camclient import dry_run

    return dry_run.main(arguments, os.environ)


def _doctor(arguments: Mapping[str, object]) -> int:
    from camclient import doctor  # only whoever asks for it pays for it

    loaded = load_config(arguments, os.environ)
    logs.setup(loaded.settings.log_level, "text")
    _make_signals_exceptions()
    return trio.run(doctor.main, loaded)


def _service(arguments: Mapping[str, object]) -> int:
    from camclient import service

    return service.main(arguments, os.environ)


#: What can stand in front of the options, and what it does.
COMMANDS: dict[str, tuple[Call, str]] = {
    "run": (_run, "push the camera's pictures to a camserve server"),
    "doctor": (_doctor, "try camera, server, token and link, and say what is wrong"),
    "service": (_service, "print a systemd unit for these settings"),
}


def _parser(command: str | None) -> OneLineParser:
    """For the options of one command; None: no command was given, that is run."""
    does = COMMANDS[command or "run"][1]
    parser = OneLineParser(
        prog="camclient" if command is None else f"camclient {command}",
        usage=None if command else "camclient [COMMAND] [OPTIONS]",
        description=f"{does[0].upper()}{does[1:]}.",
        epilog=None if command else _list_of_commands(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"camclient {__version__}")
    add_options(parser, Config)
    return parser


def _list_of_commands() -> str:
    lines = [f"  {name:<12}{does}" for name, (_, does) in COMMANDS.items()]
    return "\n".join(["commands, in front of the options (default: run):", *lines])
