"""`python -m tests.chaos`: chaos for minutes; the same seed does the same again."""

import argparse
import random
import tempfile
from functools import partial
from pathlib import Path

import trio

from tests.chaos.run import chaos


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    say = partial(print, flush=True)
    say(f"chaos: seed {options.seed}")
    with tempfile.TemporaryDirectory() as directory:
        say(trio.run(chaos, Path(directory), options.seed, options.seconds, say))


if __name__ == "__main__":
    main()
