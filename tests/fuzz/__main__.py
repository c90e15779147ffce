"""`python -m tests.fuzz`: each harness for a while, with atheris; `nox -s fuzz` runs this.

What it finds new goes to `.fuzz/NAME` in the working directory, an input that breaks an invariant
to `.fuzz/NAME/crash-…`. With `--keep` the inputs that reach new code are added to the corpus in the
repository: keep it small, throw out what is large.

atheris has wheels for CPython 3.11 to 3.14 on x86-64 Linux only; the corpus is replayed everywhere.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tests.fuzz.corpus import CORPUS, WORDS
from tests.fuzz.harnesses import NAMES

FINDINGS = Path(".fuzz")
LONGEST_INPUT = 4096  # bytes; what a stranger may send is longer, but hardly more varied
LONGEST_TURN = 25  # seconds that one input may take
MOST_MEMORY = 2048  # MB


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"default: {', '.join(NAMES)}")
    parser.add_argument("--seconds", type=int, default=60, help="for each harness (60)")
    parser.add_argument("--keep", action="store_true", help="add what was found to the corpus")
    options = parser.parse_args()
    unknown = set(options.names) - set(NAMES)
    if unknown:
        parser.error(f"no such harness: {', '.join(sorted(unknown))}")
    failed = [
        name for name in options.names or NAMES if not fuzz(name, options.seconds, options.keep)
    ]
    say("fuzz:", f"failed: {', '.join(failed)}" if failed else "nothing found")
    return 1 if failed else 0


def fuzz(name: str, seconds: int, keep: bool) -> bool:
    """Run one harness; whether all invariants held."""
    found, kept = FINDINGS / name, CORPUS / name
    found.mkdir(parents=True, exist_ok=True)
    kept.mkdir(exist_ok=True)
    limits = [f"-timeout={LONGEST_TURN}", f"-rss_limit_mb={MOST_MEMORY}"]
    run = [sys.executable, "-m", "tests.fuzz.instrumented", name]
    say("fuzz:", name)
    status = subprocess.run(
        [
            *run,
            *limits,
            f"-max_total_time={seconds}",
            f"-max_len={LONGEST_INPUT}",
            f"-dict={WORDS}",
            f"-artifact_prefix={found}/",
            "-print_final_stats=1",
            str(found),
            str(kept),
        ],
        check=False,
    ).returncode
    if keep and status == 0:
        subprocess.run([*run, *limits, "-merge=1", str(kept), str(found)], check=True)
    return status == 0


def say(*words: str) -> None:
    print(*words, flush=True)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
