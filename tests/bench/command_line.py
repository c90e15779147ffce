"""What can be asked of the benchmark."""

import argparse
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from .capture import measure_capture
from .compiler import Programs
from .fanout import measure_crowd, measure_fanout
from .ingest import measure_ingest
from .kind import KINDS
from .many import measure_many
from .memory import measure_memory
from .plan import Plan
from .results import Result
from .slow import measure_slow
from .stalled import measure_stalled

SCENARIOS: dict[str, Callable[[Plan], Result]] = {
    "fanout": measure_fanout,
    "crowd": measure_crowd,
    "slow": measure_slow,
    "stalled": measure_stalled,
    "ingest": measure_ingest,
    "many": measure_many,
    "capture": measure_capture,
    "memory": measure_memory,
}
#: Takes ten minutes: only when it is asked for.
LONG_SCENARIOS = ("memory",)
ORDINARY_SCENARIOS = tuple(name for name in SCENARIOS if name not in LONG_SCENARIOS)
QUICK = Plan(viewers=50, many_viewers=300, seconds=1.5, warmup=0.4, rounds=1, slow_seconds=6.0)
QUICK_SCENARIOS = ("fanout", "slow", "stalled", "ingest", "many", "capture")
#: Viewers that the plain crowd, in Python, can follow.
PLAIN_VIEWERS = 20


@dataclass(frozen=True, slots=True)
class Wanted:
    """json: a file to write; None: none."""

    plan: Plan
    scenarios: tuple[str, ...]
    json: Path | None
    update_docs: bool


def parse(words: Sequence[str] | None = None) -> Wanted:
    """Read the command line. Exits with status 2 when it is wrong, as argparse does."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = [kind.name for kind in KINDS]
    parser.add_argument("--quick", action="store_true", help="a rough picture within a minute")
    parser.add_argument("--kinds", nargs="+", choices=names, help="ways to watch; default: all")
    parser.add_argument("--viewers", type=_count, help="of each kind in fanout; default: 200")
    parser.add_argument("--seconds", type=_seconds, help="of each window; default: 10")
    parser.add_argument("--rounds", type=_count, help="of floor and server in turn; default: 5")
    parser.add_argument("--scenario", nargs="+", choices=SCENARIOS, help="default: all but memory")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers here, too")
    parser.add_argument("--update-docs", action="store_true", help="write the page's tables")
    given = parser.parse_args(words)
    plan = QUICK if given.quick else Plan()
    if given.kinds:
        plan = dataclasses.replace(plan, kinds=tuple(k for k in KINDS if k.name in given.kinds))
    for name in ("viewers", "seconds", "rounds"):
        if getattr(given, name) is not None:
            plan = dataclasses.replace(plan, **{name: getattr(given, name)})
    scenarios = given.scenario or (QUICK_SCENARIOS if given.quick else ORDINARY_SCENARIOS)
    return Wanted(plan, tuple(scenarios), given.json, given.update_docs)


def with_programs(plan: Plan, programs: Programs | None) -> Plan:
    """The plan with what was built; smaller when there is nothing."""
    if programs is not None:
        return dataclasses.replace(plan, load=programs.load, floor=programs.floor)
    return dataclasses.replace(
        plan,
        viewers=min(plan.viewers, PLAIN_VIEWERS),
        many_viewers=min(plan.many_viewers, PLAIN_VIEWERS),
    )


def _count(word: str) -> int:
    if (count := int(word)) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1 on, not {word}")
    return count


def _seconds(word: str) -> float:
    if not 0 < (seconds := float(word)) <= 600:
        raise argparse.ArgumentTypeError(f"expected seconds, at most 600, not {word}")
    return seconds
