"""Tables that are read as they are and as Markdown, and targets that were met or not."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """title: one line. notes: sentences below it."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        lines = [self.columns, *self.rows]
        widths = [max(len(cell) for cell in column) for column in zip(*lines, strict=True)]

        def line(cells: Sequence[str]) -> str:
            padded = [
                cell.rjust(width) if index else cell.ljust(width)
                for index, (cell, width) in enumerate(zip(cells, widths, strict=True))
            ]
            return f"| {' | '.join(padded)} |"

        rule = [
            "-" * width if not index else "-" * (width - 1) + ":"
            for index, width in enumerate(widths)
        ]
        table = "\n".join([line(self.columns), line(rule), *map(line, self.rows)])
        return "\n\n".join([f"**{self.title}**", table, *self.notes])


@dataclass(frozen=True, slots=True)
class Check:
    """A target and what was measured."""

    target: str
    measured: str
    met: bool


def checks_table(checks: Sequence[Check]) -> Table:
    rows = [(check.target, check.measured, "yes" if check.met else "NO") for check in checks]
    return Table("Targets", ("target", "measured", "met"), rows)
