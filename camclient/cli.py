"""The command line: `camclient` and `python -m camclient`."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from typing import NoReturn

import trio

from camclient.capture import thread_is_stuck
from camclient.config import Config, load_config
from camclient.failures import Refused
from camclient.run import DEFAULT_QUALITY, log_message, publish
from camclient.sources import (
    InvalidSourceError,
    MissingOpenCVError,
    Source,
    SourceOptions,
    parse_source,
)
from camserve import __version__, logs
from camserve.settings import SettingsError, add_options
from camserve.wire import BackChannelEvent, UpdateRequested

EXIT_OK, EXIT_USAGE, EXIT_REFUSED = 0, 2, 3
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


class OneLineParser(argparse.ArgumentParser):
    """Says what is wrong in one line; who wants the usage asks for --help."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {logs.one_line(message)}\n")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until a signal. Returns the exit status: 0, 2 for usage, 3 when the server refuses."""
    # Until trio listens for it, SIGTERM does what Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = _main(arguments)
    except KeyboardInterrupt:
        status = EXIT_OK
    if thread_is_stuck():
        # Python would exit all the same, as it waits for none of trio's threads, but it would tear
        # down OpenCV under a thread that is inside it, and crash. The system frees the camera.
        logging.shutdown()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    return status


def _main(arguments: Sequence[str] | None) -> int:
    try:
        loaded = load_config(vars(_parser().parse_args(arguments)), os.environ)
        config = loaded.settings
        source = parse_source(config.source, source_options(config))
    except MissingOpenCVError as error:
        return _fail(str(error), EXIT_USAGE)
    except InvalidSourceError as error:
        return _fail(f"source: {error}", EXIT_USAGE)
    except SettingsError as error:
        return _fail(str(error), EXIT_USAGE)
    logs.setup(config.log_level, "text")
    for warning in loaded.warnings:
        log.warning("%s", warning)
    if config.has_motor:
        log.info("hasMotor is set, but this version moves no motors: moves are only logged")
    return trio.run(_run, config, source)


def source_options(config: Config) -> SourceOptions:
    """What the settings ask of the source."""
    return SourceOptions(
        fps=config.fps,
        width=config.width,
        height=config.height,
        recompress=config.quality is not None,
        overlay=config.overlay,
        camera_name=config.name,
        rotate=config.rotate,
        mirror=config.mirror,
    )


def _parser() -> argparse.ArgumentParser:
    parser = OneLineParser(
        prog="camclient",
        description="Push one camera's pictures to a camserve server.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"camclient {__version__}")
    add_options(parser, Config)
    return parser


def _fail(message: str, status: int) -> int:
    print(f"camclient: {logs.one_line(message)}", file=sys.stderr)
    return status


async def _run(config: Config, source: Source) -> int:
    """Publish until a signal, a refusal or, when so configured, a request to update."""
    status = EXIT_OK

    def handle_message(message: BackChannelEvent) -> None:
        log_message(message)
        if isinstance(message, UpdateRequested) and config.on_update == "exit":
            log.info("exit, so that the service manager updates and starts camclient again")
            nursery.cancel_scope.cancel()

    with trio.open_signal_receiver(*STOP_SIGNALS) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_on_signal, signals, nursery.cancel_scope)
            assert config.token is not None  # load_config() found one or raised
            assert config.server is not None  # so it does
            try:
                await publish(
                    source,
                    server_url=config.server,
                    camera_id=config.camera_id,
                    token=config.token,
                    quality=config.quality or DEFAULT_QUALITY,
                    handle_message=handle_message,
                )
            except Refused as error:
                status = _fail(f"the server refused: {error}", EXIT_REFUSED)
                nursery.cancel_scope.cancel()
    return status


async def _cancel_on_signal(signals: AsyncIterator[int], scope: trio.CancelScope) -> None:
    async for number in signals:
        log.info("stopped by %s", signal.Signals(number).name)
        scope.cancel()
        return
