"""Connecting again and again, politely to the server and to the reader of the log."""

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

import trio

from camclient.backoff import Backoff
from camclient.connection import Network, Progress
from camclient.failures import ConnectionLostError, ReplacedError

#: A connection that lived this long and sent a picture was a good one: the next retry comes soon.
STEADY_AFTER = 5.0  # seconds
#: A pause is no longer than this share of the time without a connection, but may always be
#: SHORT_PAUSE: who was away for half a minute is back within seconds.
SHARE_OF_OUTAGE = 1 / 16
SHORT_PAUSE = 2.0  # seconds

log = logging.getLogger(__name__)


async def keep_pushing(
    attempt: Callable[[Progress], Awaitable[NoReturn]],
    *,
    where: object,
    backoff: Backoff | None = None,
    network: Network | None = None,
) -> NoReturn:
    """Make one connection after the other, for ever.

    Between two there is a random pause, counted from the beginning of the first. A change of the
    network cuts it short.

    Args:
        attempt: makes one connection and raises when it ended, like `push`.
        where: str() of it is what the log calls the server at that moment.
        network: tells of its changes.

    Raises:
        Refused: as raised by `attempt`; no retry helps.
    """
    backoff = backoff or Backoff()
    report = Report(where)
    lost_at = trio.current_time()
    while True:
        progress, began = Attempt(report, backoff), trio.current_time()
        replaced = False
        try:
            await attempt(progress)
        except ReplacedError as error:
            replaced = True
            reason = f"{error} (does another program push as this camera?)"
        except ConnectionLostError as error:
            reason = str(error)
        when = f" in {backoff.longest:g} s" if replaced else ""
        report.ended(reason, let_in=progress.since is not None, when=when)
        now = trio.current_time()
        if progress.since is not None:
            lost_at = now
        if replaced:
            # Coming back quickly would throw the other one out, and so on for ever.
            await trio.sleep(backoff.longest)
            continue
        delay = min(backoff.next_delay(), max(SHORT_PAUSE, SHARE_OF_OUTAGE * (now - lost_at)))
        with trio.move_on_at(began + delay if progress.since is None else now + delay):
            if network is None:
                await trio.sleep_forever()
            else:
                await network.wait()


class Report:
    """What the log has been told: each reason once, until something else happens."""

    def __init__(self, where: object) -> None:
        self._where = where
        self._reason: str | None = None
        self._let_in = False

    def connected(self) -> None:
        """The server has let us in.

        It is no news yet when it did so the last time as well: it may let in and throw out in turn.
        """
        if self._reason is None or not self._let_in:
            self._connected()

    def steady(self) -> None:
        """The connection holds."""
        if self._reason is not None:
            self._connected()

    def ended(self, reason: str, *, let_in: bool, when: str = "") -> None:
        if reason != self._reason:
            log.warning("%s: %s; trying again%s", self._where, reason, when)
        self._reason = reason
        self._let_in = let_in

    def _connected(self) -> None:
        log.info("%s: connected", self._where)
        self._reason = None


class Attempt:
    """One connection: finds out whether it was a good one.

    Attributes:
        since: when the server let us in, in trio's time; None: it never did.
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
