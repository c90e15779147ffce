"""The metrics of the server as a whole."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from camserve import __version__

from .families import Family, HistogramFamily, Sample
from .sources import Sources


def families(sources: Sources) -> list[Family | HistogramFamily]:
    """What is known of the server; reasons and statuses are words of the code's."""
    connections, proofs, ready = sources.connections, sources.proofs, sources.readiness
    return [
        Family("camserve_build_info", "What runs; always 1.", ("version",), _version),
        Family(
            "camserve_ready",
            "Whether /readyz says yes.",
            (),
            _one(lambda: not ready.reasons()),
        ),
        Family(
            "camserve_cameras",
            "Registered cameras, by state.",
            ("state",),
            lambda: _by_word(camera_states(sources)),
        ),
        HistogramFamily(
            "camserve_loop_lag_seconds",
            "How much later than asked for the event loop woke, measured twice a second.",
            (),
            lambda: [((), sources.loop_lag.lags)],
        ),
        Family(
            "camserve_connections",
            "Open connections, of cameras and viewers.",
            (),
            _one(lambda: connections.connections),
        ),
        Family(
            "camserve_unauthenticated_connections",
            "Those among them that have not shown yet that they may be here.",
            (),
            _one(lambda: connections.unauthenticated),
        ),
        Family(
            "camserve_connections_accepted",
            "Connections that got a place.",
            (),
            _one(lambda: connections.admitted),
            rises=True,
        ),
        Family(
            "camserve_connections_refused",
            "Connections that got none or lost it to a newcomer, by reason.",
            ("reason",),
            lambda: _by_word(refused_connections(sources)),
            rises=True,
        ),
        Family(
            "camserve_failed_proofs",
            "Wrong passwords, links and tokens of viewers and admins.",
            (),
            _one(lambda: proofs.failures),
            rises=True,
        ),
        Family(
            "camserve_slowed_proofs",
            "Proofs that were answered with: later.",
            (),
            _one(lambda: proofs.slowed),
            rises=True,
        ),
        Family(
            "camserve_publishers_refused",
            "Connections of cameras that were not let in, by reason.",
            ("reason",),
            lambda: _by_word(sources.publishers_refused),
            rises=True,
        ),
        Family(
            "camserve_publishers_ended",
            "Connections of cameras that were let in and have ended, by what ended them.",
            ("reason",),
            lambda: _by_word(sources.publishers_ended),
            rises=True,
        ),
        Family(
            "camserve_http_answers",
            "Answers to HTTP requests, by status.",
            ("status",),
            lambda: _by_word({str(status): n for status, n in sources.answers.items()}),
            rises=True,
        ),
    ]


def camera_states(sources: Sources) -> Mapping[str, int]:
    """How many cameras are in which state."""
    states = Counter({"online": 0, "stale": 0, "offline": 0})
    states.update(sources.hub.state(camera.id).value for camera in sources.catalogue.cameras())
    return states


def refused_connections(sources: Sources) -> Mapping[str, int]:
    """Connections that were not let in or had to give way, by reason."""
    counts = sources.connections
    return {
        "full": counts.refused,
        "gave_way": counts.gave_way,
        "gave_way_address": counts.gave_way_address,
    }


def _version() -> Iterable[Sample]:
    return [((__version__,), 1)]


def _one(value: Callable[[], float]) -> Callable[[], Iterable[Sample]]:
    return lambda: [((), value())]


def _by_word(counts: Mapping[str, int]) -> Iterator[Sample]:
    return (((word,), count) for word, count in sorted(counts.items()))
