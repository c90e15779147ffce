"""The metrics of Prometheus, made of samples. Each family is a list of pieces of bounded size."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from prometheus_client.metrics_core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from camserve.relay import Histogram

#: Samples that are made and written without a pause: about 2 ms on a Raspberry Pi 4.
PIECE: Final = 100

Sample = tuple[tuple[str, ...], float]
HistogramSample = tuple[tuple[str, ...], Histogram]


@dataclass(frozen=True, slots=True)
class Family:
    """One metric with all its labels, which yields its samples when it is asked.

    name: without `_total`; what: in one sentence
    """

    name: str
    what: str
    labels: tuple[str, ...]
    samples: Callable[[], Iterable[Sample]]
    rises: bool = False

    def pieces(self) -> Iterator[Metric]:
        """The samples, PIECE of them at a time; at least one piece."""
        kind = CounterMetricFamily if self.rises else GaugeMetricFamily
        samples = iter(self.samples())
        while True:
            metric = kind(self.name, self.what, labels=self.labels)
            for labels, value in islice(samples, PIECE):
                metric.add_metric(labels, value)
            yield metric
            if len(metric.samples) < PIECE:
                return


@dataclass(frozen=True, slots=True)
class HistogramFamily:
    """The same of histograms, each of which is some samples."""

    name: str
    what: str
    labels: tuple[str, ...]
    samples: Callable[[], Iterable[HistogramSample]]

    def pieces(self) -> Iterator[Metric]:
        """The samples, about PIECE of them at a time; at least one piece."""
        metric = self._piece()
        for labels, histogram in self.samples():
            metric.add_metric(labels, cumulative(histogram), histogram.total)
            if len(metric.samples) >= PIECE:
                yield metric
                metric = self._piece()
        yield metric

    def _piece(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self.name, self.what, labels=self.labels)


def cumulative(histogram: Histogram) -> list[tuple[str, float]]:
    """Each end, as text, with how many values were not above it; the last end is `+Inf`."""
    below, buckets = 0, []
    ends = [*map(str, histogram.ends), "+Inf"]
    for end, count in zip(ends, histogram.counts, strict=True):
        below += count
        buckets.append((end, float(below)))
    return buckets
