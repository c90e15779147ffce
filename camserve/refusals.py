"""Log lines about whom the server refused: a burst, then how many more there were.

A stranger may be refused a thousand times a second. A line for each would fill the disk, and bury
the one line that tells why a camera of one's own does not get in.
"""

import logging
import time
from collections.abc import Callable, Mapping

import trio

log = logging.getLogger(__name__)

BURST = 20  # lines of one kind that are written in one period
PERIOD = 60.0  # seconds


class _Kind:
    """What was written and left out of one kind since its period began."""

    __slots__ = ("began", "left_out", "written")

    def __init__(self, began: float) -> None:
        self.began = began
        self.written = 0
        self.left_out = 0


class RefusalLog:
    """Writes warnings about refusals. Each kind of them has its own burst.

    clock: monotonic seconds
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kinds: dict[str, _Kind] = {}

    def write(
        self,
        kind: str,
        message: str,
        *args: object,
        burst: int = BURST,
        extra: Mapping[str, object] | None = None,
    ) -> None:
        """Write a line, unless `burst` lines of this kind were written in this period.

        kind: a few words that the summary begins with; nothing that a stranger chose
        message, args, extra: as for a logger
        """
        now = self._clock()
        known = self._kinds.get(kind)
        if known is None or now - known.began >= PERIOD:
            self._summarise(kind)
            known = self._kinds[kind] = _Kind(now)
        if known.written >= burst:
            known.left_out += 1
            return
        known.written += 1
        log.warning(message, *args, extra=extra)

    def summarise(self) -> None:
        """Write how many lines were left out of each kind whose period is over."""
        now = self._clock()
        for kind in [kind for kind, known in self._kinds.items() if now - known.began >= PERIOD]:
            self._summarise(kind)

    def _summarise(self, kind: str) -> None:
        known = self._kinds.pop(kind, None)
        if known is not None and known.left_out:
            log.warning("%s: %d more in %.0f s", kind, known.left_out, self._clock() - known.began)

    async def run(self) -> None:
        """Write the summaries in time, until cancelled."""
        while True:
            await trio.sleep(PERIOD / 4)
            self.summarise()
