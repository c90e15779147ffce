"""What a run found, all of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Protocol

from .machine import Machine
from .table import Check, Table, checks_table


class Result(Protocol):
    """What a scenario gives; a dataclass."""

    def tables(self) -> list[Table]: ...

    def checks(self) -> Iterator[Check]: ...


@dataclass(frozen=True, slots=True)
class Results:
    """by_scenario: in the order in which they ran."""

    machine: Machine
    took: float  # seconds
    by_scenario: Mapping[str, Result]

    def __str__(self) -> str:
        """As Markdown that can be read as it is."""
        tables = [table for result in self.by_scenario.values() for table in result.tables()]
        checks = [check for result in self.by_scenario.values() for check in result.checks()]
        if checks:
            tables.append(checks_table(checks))
        where = f"Measured in {self.took:.0f} s on {self.machine}."
        return "\n\n".join([where, *map(str, tables)])

    def as_json(self) -> str:
        return json.dumps(asdict(self), indent=1)
