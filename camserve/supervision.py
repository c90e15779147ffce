"""What the service manager hears of a server that runs."""

from collections.abc import Callable
from typing import NoReturn

import trio

from camserve.notify import Notifier

STATUS_INTERVAL = 5.0  # seconds; `systemctl status` shows the last one


async def supervised(notifier: Notifier, describe: Callable[[], str]) -> NoReturn:
    """Give the watchdog its signs of life, and the status its line, until cancelled.

    That this task runs shows that the event loop turns: when it does not, the service manager
    hears nothing and starts the server anew.

    describe: how the server is doing, in one line
    """
    interval = STATUS_INTERVAL
    if notifier.watchdog is not None:
        interval = min(interval, notifier.watchdog / 3)  # one that is late does not matter
    while True:
        if notifier.watchdog is not None:
            notifier.alive()
        notifier.status(describe())
        await trio.sleep(interval)
