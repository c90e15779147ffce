"""The page about performance: its tables and its picture are written by a run."""

from pathlib import Path
from statistics import median

from tests.processes import ROOT

from .fanout import TARGET_RATIO, Fanout
from .plot import Bar, Line, bars, lines, svg
from .results import Results
from .slow import Slow
from .turn import FLOOR

PAGE = ROOT / "docs" / "discussion" / "performance.md"
BEGIN = "<!-- bench: written by `nox -s bench -- --update-docs` -->"
END = "<!-- bench: end -->"


class PageError(Exception):
    """The page has no place for the tables; the message is one line."""


def with_tables(page: str, tables: str) -> str:
    """The page with `tables` between the two markers.

    Raises: PageError.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise PageError(f"expected the lines {BEGIN} and {END}")
    return f"{before}{begin}\n\n{tables}\n\n{end}{after}"


def picture(results: Results) -> str:
    """What can be drawn of the results."""
    panels = []
    for result in results.by_scenario.values():
        if isinstance(result, Fanout) and (values := _bars(result)):
            title = f"CPU per delivered frame, {result.viewers:,} viewers; the C floor is 1"
            panels.append(bars(title, values, TARGET_RATIO))
        elif isinstance(result, Slow):
            curves = [Line(reader.name, reader.medians()) for reader in result.readers]
            panels.append(lines("Age of frames at slow readers", "s", result.seconds, curves))
    return svg(*panels)


def _bars(result: Fanout) -> list[Bar]:
    values = []
    for kind in result.kinds():
        if kind != FLOOR and (ratios := result.ratios(kind)):
            values.append(Bar(kind, median(ratios), min(ratios), max(ratios)))
    return values


def update_page(results: Results, page: Path = PAGE) -> None:
    """Write the tables into the page and the picture beside it.

    Raises: PageError.
    """
    page.write_text(with_tables(page.read_text(), str(results)))
    page.with_suffix(".svg").write_text(picture(results))
