"""Should anybody be sent to this server now? `/readyz` answers with what is found here."""

from collections.abc import Callable
from typing import Final

from .loop_lag import LoopLag

#: Seconds. Whoever is that late cuts live pictures to a slide show, and old cameras reconnect soon.
MOST_LAG: Final = 1.0


class Readiness:
    """Knows every reason not to be ready.

    is_stopping: whether the server is about to end
    is_database_failing: whether the last look at the database was in vain
    """

    def __init__(
        self,
        *,
        is_stopping: Callable[[], bool],
        is_database_failing: Callable[[], bool],
        loop_lag: LoopLag,
    ) -> None:
        self._is_stopping = is_stopping
        self._is_database_failing = is_database_failing
        self._loop_lag = loop_lag
        self._has_started = False

    def started(self) -> None:
        """Everything that listens does so from now on."""
        self._has_started = True

    def reasons(self) -> list[str]:
        """Why not, in words for a person; none when the server is ready."""
        found = {
            "starting": not self._has_started,
            "stopping": self._is_stopping(),
            "the database does not answer": self._is_database_failing(),
            "the event loop lags": self._loop_lag.worst > MOST_LAG,
        }
        return [reason for reason, holds in found.items() if holds]
