"""Connecting again and again, politely to the server and to the reader of the log."""

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

import trio

from camclient.backoff import Backoff
from camclient.failures import ConnectionLostError, ReplacedError
from camclient.push import Progress

#: A connection that lived this long and sent a picture was a good one: the next retry comes soon.
STEADY_AFTER = 5.0  # seconds

log = logging.getLogger(__name__)


async def keep_pushing(
    attempt: Callable[[Progress], Awaitable[NoReturn]],
    *,
    where: str,
    backoff: Backoff | None = None,
) -> NoReturn:
    """Make one connection after the other, for ever.

    Args:
        attempt: makes one connection and raises when it ended, like `push`.
        where: what the log calls the server.

    Raises:
        Refused: as raised by `attempt`; no retry helps.
    """
    backoff = backoff or Backoff()
    report = Report(where)
    while True:
        progress = Attempt(report, backoff)
        try:
            await attempt(progress)
        except ReplacedError as error:
            # Coming back quickly would throw the other one out, and so on for ever.
            delay = backoff.longest
            reason = f"{error} (does another program push as this camera?)"
        except ConnectionLostError as error:
            delay = backoff.next_delay()
            reason = str(error)
        report.ended(reason, after_hello=progress.since is not None)
        await trio.sleep(delay)


class Report:
    """What the log has been told: each reason once, until something else happens."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._reason: str | None = None
        self._after_hello = False

    def connected(self) -> None:
        """A hello was sent.

        It is no news yet when the last connection ended after its hello as well: the server may
        let in and throw out in turn.
        """
        if self._reason is None or not self._after_hello:
            self._connected()

    def steady(self) -> None:
        """The connection holds."""
        if self._reason is not None:
            self._connected()

    def ended(self, reason: str, *, after_hello: bool) -> None:
        if reason != self._reason:
            log.warning("%s: %s; trying again", self._where, reason)
        self._reason = reason
        self._after_hello = after_hello

    def _connected(self) -> None:
        log.info("%s: connected", self._where)
        self._reason = None


class Attempt:
    """One connection: finds out whether it was a good one.

    Attributes:
        since: when the hello was sent, in trio's time; None: it never was.
    """

    def __init__(self, report: Report, backoff: Backoff) -> None:
        self._report = report
        self._backoff = backoff
        self.since: float | None = None

    def connected(self) -> None:
        self.since = trio.current_time()
        self._report.connected()

    def frame_sent(self) -> None:
        if self.since is not None and trio.current_time() - self.since >= STEADY_AFTER:
            self._backoff.reset()
            self._report.steady()
