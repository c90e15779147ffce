"""`/metrics`: what Prometheus reads.

With many cameras this is a long text, and it has to hold nobody up. A thread would: it competes
with the event loop for Python's lock, which the loop gives away at each write to a viewer and then
gets back 5 ms later. So the text is made in the loop, in small pieces, and between two of them
everyone else has a turn.
"""

from collections.abc import Iterable, Iterator

import trio
from prometheus_client import PlatformCollector, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import CollectorRegistry

from . import of_cameras, of_server
from .sources import Sources

_END = b"# EOF\n"  # of OpenMetrics


class _Piece(CollectorRegistry):
    """A registry as the library's encoders want one, with one metric in it."""

    def __init__(self, metric: Metric) -> None:
        super().__init__(auto_describe=False)
        self._metric = metric

    def collect(self) -> Iterable[Metric]:
        return [self._metric]


async def exposition(sources: Sources, accept: str) -> tuple[bytes, str]:
    """All metrics as text, and its content type.

    accept: the header of the request: OpenMetrics for who asks for it, else Prometheus' older text
    """
    encode, content_type = choose_encoder(accept)
    text: list[bytes] = []
    known: set[str] = set()
    ends = False
    for metric in _metrics(sources):
        written = encode(_Piece(metric))
        ends = written.endswith(_END)
        text.append(_without_head(written.removesuffix(_END), is_first=metric.name not in known))
        known.add(metric.name)
        await trio.lowlevel.checkpoint()
    return b"".join([*text, _END if ends else b""]), content_type


def _metrics(sources: Sources) -> Iterator[Metric]:
    for family in of_server.families(sources):
        yield from family.pieces()
    for collector in (ProcessCollector(registry=None), PlatformCollector(registry=None)):
        yield from collector.collect()
    for family in of_cameras.families(sources.hub, sources.catalogue):
        yield from family.pieces()


def _without_head(text: bytes, *, is_first: bool) -> bytes:
    """The lines of a piece; only a family's first one keeps the lines that describe it."""
    if is_first:
        return text
    return b"".join(line for line in text.splitlines(keepends=True) if line[:2] != b"# ")
