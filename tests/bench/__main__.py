"""Runs the scenarios and prints, stores and publishes what they found."""

import resource
import signal
import sys
import time

from .command_line import SCENARIOS, Wanted, parse, with_programs
from .compiler import CompilerError, built_programs
from .crowd import CrowdError
from .machine import this_machine
from .page import update_page
from .results import Result, Results
from .target import TargetError

SPARE_FILES = 100  # that a process has open besides its viewers


def main() -> int:
    wanted = parse()
    # Every process and directory belongs to a `with`, so an exit as an exception ends them all.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        results = measure(wanted)
    except (CompilerError, CrowdError, TargetError) as error:
        print(f"bench: {error}", file=sys.stderr)  # noqa: T201
        return 1
    print(results)  # noqa: T201
    if wanted.json is not None:
        wanted.json.write_text(results.as_json())
    if wanted.update_docs:
        update_page(results)
    return 0


def measure(wanted: Wanted) -> Results:
    """Run what is wanted, one scenario after the other.

    Raises: CompilerError, CrowdError, TargetError; OSError when the server cuts a camera.
    """
    machine, began = this_machine(), time.monotonic()
    allow_open_files(wanted.plan.many_viewers + SPARE_FILES)
    found: dict[str, Result] = {}
    with built_programs() as programs:
        plan = with_programs(wanted.plan, programs)
        for name in wanted.scenarios:
            say(f"{name} …")
            found[name] = SCENARIOS[name](plan)
    return Results(machine, time.monotonic() - began, found)


def allow_open_files(count: int) -> None:
    """Raise the limit of this process, which all others inherit, as far as the system allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        say(f"only {hard} open files are allowed (ulimit -n): not every viewer will connect")
    if soft < count:
        wanted = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def say(words: str) -> None:
    print(words, file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
