"""Telling the person, the log and the service manager how the camera is doing."""

import logging
from collections.abc import Callable
from typing import NoReturn

import trio

from camclient.condition import LATE, describe
from camclient.live_line import LiveLine
from camclient.meter import Stats
from camserve.notify import Notifier

#: How often the line on the terminal is rewritten.
LINE_INTERVAL = 1.0  # seconds
#: How often the log has a line, where there is no terminal.
LOG_INTERVAL = 60.0  # seconds
#: How often the service manager is told; `systemctl status` shows the last one.
STATUS_INTERVAL = 10.0  # seconds

log = logging.getLogger(__name__)


async def report(
    snapshot: Callable[[], Stats],
    notifier: Notifier,
    line: LiveLine | None,
    preview_interval: float = 0.0,
) -> NoReturn:
    """Tell how the camera is doing until cancelled; then the line on the terminal is gone.

    line: on the terminal; None: a line a minute in the log.
    preview_interval: seconds between two pictures while nobody watches.
    """

    def words(width: int = 200) -> str:
        stats = snapshot()
        late = LATE + 2 * preview_interval if stats.demanded_fps == 0 else LATE
        return describe(stats, width, late)

    async with trio.open_nursery() as nursery:
        if notifier.listening:
            nursery.start_soon(_every, STATUS_INTERVAL, lambda: notifier.status(words()))
        if line is not None:
            try:
                await _every(LINE_INTERVAL, lambda: line.show(words(line.columns - 1)))
            finally:
                line.clear()
        await trio.sleep(LOG_INTERVAL)
        await _every(LOG_INTERVAL, lambda: log.info("%s", words()))


async def keep_alive(notifier: Notifier, makes_progress: Callable[[], bool]) -> None:
    """Give the service manager's watchdog its signs of life while there is life.

    That this task runs shows that the event loop turns.

    makes_progress: whether the rest of the program does, or could if its camera were there.
    """
    if notifier.watchdog is None:
        return
    told = False
    while True:
        if makes_progress():
            notifier.alive()
        elif not told:
            log.error("the camera's driver hangs for good: only a new start can help")
            told = True
        await trio.sleep(notifier.watchdog / 2)


async def _every(interval: float, call: Callable[[], None]) -> NoReturn:
    while True:
        call()
        await trio.sleep(interval)
