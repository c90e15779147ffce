"""Whether something grows, told from samples that go up and down."""

from collections.abc import Sequence
from itertools import combinations
from statistics import median

WARMING_UP = 0.25  # part of the samples that does not count: caches and pools fill


def growth(samples: Sequence[float]) -> float:
    """By how much they rose from the first that counts to the last, whatever single ones do.

    By the median of the slopes of all pairs (Theil and Sen), which a third of wild samples does
    not bend. The samples are evenly spaced.
    """
    counted = samples[int(len(samples) * WARMING_UP) :]
    if len(counted) < 2:
        raise ValueError(f"{len(samples)} samples are too few")
    pairs = combinations(enumerate(counted), 2)
    slope = median((later - sooner) / (j - i) for (i, sooner), (j, later) in pairs)
    return slope * (len(counted) - 1)
