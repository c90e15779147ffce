"""What a camera does until a signal: it publishes, obeys the server, and tells how it is doing."""

import logging
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, closing

import trio

from camclient.authority import AuthorityError, trusting
from camclient.browsing import look
from camclient.capture import hangs_for_good
from camclient.config import Config
from camclient.discovery import Discovery, secured
from camclient.exit_status import EXIT_OK, EXIT_REFUSED, EXIT_USAGE, fail
from camclient.failures import Refused
from camclient.live_line import LiveLine, live_line
from camclient.meter import Meter
from camclient.motor import Motor
from camclient.rate import DEFAULT_QUALITY, Bounds
from camclient.report import keep_alive, report
from camclient.run import log_message, publish
from camclient.servos import GpiozeroServos
from camclient.sources import Source, SourceOptions, parse_source
from camserve import logs
from camserve.notify import Notifier
from camserve.wire import BackChannelEvent, MoveReceived, UpdateRequested

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)

log = logging.getLogger(__name__)


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


def bounds(config: Config) -> Bounds:
    """Between what the settings let the rate and the quality go."""
    return Bounds(
        fps=config.fps,
        quality=config.quality or DEFAULT_QUALITY,
        min_fps=config.min_fps,
        min_quality=config.min_quality,
        preview_interval=config.preview_interval,
    )


async def run(config: Config, source: Source) -> int:
    """Publish until a signal, a refusal or, when so configured, a request to update."""
    try:
        context = trusting(config.ca_file)
    except AuthorityError as error:
        return fail(str(error), EXIT_USAGE)
    notifier = Notifier.from_environment()  # now: what the source starts must not talk for us
    # Who wants to hear of warnings only gets neither the line nor one in the log.
    line = live_line(sys.stderr, os.environ) if log.isEnabledFor(logging.INFO) else None
    with ExitStack() as stack:
        stack.enter_context(closing(notifier))
        if line is not None:
            stack.enter_context(logs.through(line))
        reason = await _run(config, source, context, notifier, line)
    return EXIT_OK if reason is None else fail(f"the server refused: {reason}", EXIT_REFUSED)


async def _run(
    config: Config,
    source: Source,
    context: ssl.SSLContext | None,
    notifier: Notifier,
    line: LiveLine | None,
) -> Refused | None:
    """Returns why the server refused; None: it did not."""
    refused: Refused | None = None
    meter = Meter()
    motor: Motor | None = None
    if config.has_motor:
        motor = Motor(config.motor_limits(), GpiozeroServos(config.pitch_pin, config.yaw_pin))

    def handle_message(message: BackChannelEvent) -> None:
        if motor is not None and isinstance(message, MoveReceived):
            motor.move(message.x, message.y)
        if isinstance(message, UpdateRequested) and config.on_update == "exit":
            log.info("the server asks for an update: exit, so that the service manager makes it")
            stop()
        else:
            log_message(message)

    def stop() -> None:
        notifier.stopping()
        nursery.cancel_scope.cancel()

    with trio.open_signal_receiver(*STOP_SIGNALS) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on_signal, signals, stop)
            nursery.start_soon(report, meter.snapshot, notifier, line, config.preview_interval)
            nursery.start_soon(keep_alive, notifier, lambda: not hangs_for_good())
            if motor is not None:
                nursery.start_soon(motor.run)
            # Not later: a camera that is unplugged, or has no network, is no reason to start anew.
            notifier.ready()
            assert config.token is not None  # load_config() found one or raised
            try:
                await publish(
                    source,
                    server_url=config.server or Discovery(secured(look) if context else look),
                    camera_id=config.camera_id,
                    token=config.token,
                    bounds=bounds(config),
                    handle_message=handle_message,
                    another=lambda: parse_source(config.source, source_options(config)),
                    meter=meter,
                    ssl_context=context,
                )
            except Refused as error:
                refused = error
                stop()
    return refused


async def _stop_on_signal(signals: AsyncIterator[int], stop: Callable[[], None]) -> None:
    async for number in signals:
        log.info("stopped by %s", signal.Signals(number).name)
        stop()
        return
