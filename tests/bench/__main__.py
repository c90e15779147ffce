"""The command line of the benchmark."""

import argparse
import resource
from .compiler import built_programs
from .fanout import measure
from .kind import KINDS
from .plan import Plan
from .table import checks_table

def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--viewers", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--kinds", nargs="*", default=[k.name for k in KINDS])
    a = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with built_programs() as p:
        plan = Plan(kinds=tuple(k for k in KINDS if k.name in a.kinds), viewers=a.viewers, seconds=a.seconds, rounds=a.rounds, load=p and p.load, floor=p and p.floor)
        result = measure(plan, plan.viewers, plan.rounds)
        print(result.table())
        print(checks_table(list(result.checks())))

main()
