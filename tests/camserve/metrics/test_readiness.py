from camserve.metrics import LoopLag, Readiness
from camserve.metrics.readiness import MOST_LAG


def test_every_reason() -> None:
    stopping, failing = False, False
    lag = LoopLag(clock=lambda: 0.0)
    readiness = Readiness(
        is_stopping=lambda: stopping, is_database_failing=lambda: failing, loop_lag=lag
    )
    assert readiness.reasons() == ["starting"]
    readiness.started()
    assert readiness.reasons() == []
    lag.saw(MOST_LAG)
    assert readiness.reasons() == []
    lag.saw(MOST_LAG + 0.1)
    failing = True
    assert readiness.reasons() == ["the database does not answer", "the event loop lags"]
    stopping = True
    assert readiness.reasons()[0] == "stopping"
