"""What the server says of itself, put together from all who know something."""

from collections import Counter
from collections.abc import Callable
from functools import partial

from camserve.ingest import Ingest
from camserve.metrics import LoopLag, Readiness, Sources, exposition, report
from camserve.net.admission import Admission
from camserve.registry import Catalogue
from camserve.relay import Hub
from camserve.trust import Trust
from camserve.web import Inspection


class Inspecting:
    """The answers of `/metrics`, `/readyz` and `/status`.

    is_stopping: whether the server is about to end
    """

    def __init__(
        self,
        *,
        hub: Hub,
        catalogue: Catalogue,
        admission: Admission,
        trust: Trust,
        ingest: Ingest,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._loop_lag = LoopLag()
        self._readiness = Readiness(
            is_stopping=is_stopping,
            is_database_failing=lambda: catalogue.is_failing,
            loop_lag=self._loop_lag,
        )
        answers = Counter[int]()
        sources = Sources(
            hub=hub,
            catalogue=catalogue,
            connections=admission,
            proofs=trust,
            publishers_refused=ingest.tally.refused,
            publishers_ended=ingest.tally.ended,
            answers=answers,
            loop_lag=self._loop_lag,
            readiness=self._readiness,
        )
        self.answers = Inspection(
            exposition=partial(exposition, sources),
            not_ready=self._readiness.reasons,
            report=partial(report, sources),
            answers=answers,
        )

    def started(self) -> None:
        """Everything that listens does so from now on."""
        self._readiness.started()

    async def run(self) -> None:
        """Measure what has to be measured all the time, until cancelled."""
        await self._loop_lag.run()
