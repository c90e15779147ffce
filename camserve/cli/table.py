"""Rows of words, in columns."""

from collections.abc import Iterable, Sequence


def table(rows: Sequence[Sequence[str]]) -> Iterable[str]:
    """The lines of a table; each column is as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip()
