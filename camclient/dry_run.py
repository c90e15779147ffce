"""`--dry-run`: everything but the server. Pictures are taken and made into JPEGs for a moment."""

from collections.abc import AsyncIterator, Mapping

import trio

from camclient.camera import STOP_SIGNALS, source_options
from camclient.config import Config, load_config
from camclient.exit_status import EXIT_FAULT, EXIT_OK, fail
from camclient.rate import DEFAULT_QUALITY
from camclient.sources import EndedWellError, Source, SourceError, parse_source
from camclient.trial import try_source
from camserve import logs
from camserve.settings import Loaded, SettingsError

SECONDS = 5.0  # of pictures
#: For what nobody gave, since it is not needed; it goes nowhere.
PLACEHOLDERS = {"server": "ws://127.0.0.1", "camera_id": "1", "token": "none"}


def main(arguments: Mapping[str, object], environ: Mapping[str, str]) -> int:
    """Print what the pictures are like; returns the exit status.

    Raises:
        SettingsError, InvalidSourceError: as for a real run, but server, camera and token may be
            missing: they are only mentioned then.
    """
    loaded, missing = _load(arguments, environ)
    config = loaded.settings
    source = parse_source(config.source, source_options(config))
    logs.setup(config.log_level, "text")
    status = trio.run(_try, source, config.quality or DEFAULT_QUALITY)
    if status != EXIT_OK:
        return status
    for line in [*loaded.warnings, *([f"before it can connect: {missing}"] if missing else [])]:
        print(logs.one_line(line))
    return EXIT_OK


def _load(
    arguments: Mapping[str, object], environ: Mapping[str, str]
) -> tuple[Loaded[Config], SettingsError | None]:
    try:
        return load_config(arguments, environ), None
    except SettingsError as error:
        return load_config({**PLACEHOLDERS, **arguments}, environ), error


async def _try(source: Source, quality: int) -> int:
    """Take pictures and tell of them, until a signal; returns the exit status."""
    stop = trio.Event()
    with trio.open_signal_receiver(*STOP_SIGNALS) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_on_signal, signals, stop)
            status = EXIT_OK
            try:
                trial = await try_source(source, quality=quality, seconds=SECONDS, stop=stop)
                print(f"{logs.one_line(source.name)}: {trial.describe(quality)}")
                print(trial.describe_costs())
            except SourceError as error:
                status = EXIT_OK if stop.is_set() else EXIT_FAULT
                hint = f"; {error.hint}" if isinstance(error, EndedWellError) else ""
                fail(f"source {source.name}: {error}{hint}", status)
            nursery.cancel_scope.cancel()
    return status


async def _stop_on_signal(signals: AsyncIterator[int], stop: trio.Event) -> None:
    async for _ in signals:
        stop.set()
