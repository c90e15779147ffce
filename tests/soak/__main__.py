"""`python -m tests.soak`: half an hour of everyday load, and what the server held all the while."""

import argparse
import random
import sys
import tempfile
from functools import partial
from pathlib import Path

import trio

from tests.soak.soak import soak


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1800)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    say = partial(print, flush=True)
    say(f"soak: seed {options.seed}, {options.seconds:g} s")
    with tempfile.TemporaryDirectory() as directory:
        soaked = trio.run(soak, Path(directory), options.seed, options.seconds, say)
    for line in [*soaked.table(), *soaked.complaints()]:
        say(line)
    return 1 if soaked.complaints() else 0


if __name__ == "__main__":
    sys.exit(main())
