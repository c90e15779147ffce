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
    # Until trio listens for it, SIGTERM does what Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
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


def _main(words: Sequence[str]) -> int:
    command = words[0] if words and words[0] in COMMANDS else None
    call, _ = COMMANDS[command or "run"]
    arguments = vars(_parser(command).parse_args(words[1:] if command else words))
    try:
        return call(arguments)
    except MissingOpenCVError as error:
        return fail(str(error), EXIT_USAGE)
    except InvalidSourceError as error:
        return fail(f"source: {error}", EXIT_USAGE)
    except SettingsError as error:
        return fail(str(error), EXIT_USAGE)


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
