"""Whether the time to refuse a wrong proof tells how much of it was right.

`python -m tests.bench.refusals`: each kind of proof is compared with ones of which the first 0, 25,
50, 75 and nearly 100 % are right, in random order. What counts is whether their times rise with
that share by more than the noise: by how much two halves of the measurements of one proof differ.
"""

import random
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from camserve.registry import Camera, Tokens
from camserve.trust import roles
from camserve.trust.authorization import Word
from camserve.trust.signing import Signatures
from camserve.trust.throttle import Throttle
from camserve.trust.words import Words

SECRET = b"the secret of a server that is not one"
SHARES = (0.0, 0.25, 0.5, 0.75, 0.99)
ROUNDS = 20_000


@dataclass(frozen=True, slots=True)
class Times:
    """What one kind of proof takes, in nanoseconds.

    medians: by the share that is right
    noise: the largest difference between the medians of two halves of one share
    """

    kind: str
    medians: dict[float, float]
    noise: float

    @property
    def spread(self) -> float:
        return max(self.medians.values()) - min(self.medians.values())

    def __str__(self) -> str:
        cells = "  ".join(f"{median:8.0f}" for median in self.medians.values())
        return f"{self.kind:<16}{cells}  {self.spread:8.0f}  {self.noise:8.0f}"


def kinds() -> dict[str, tuple[str, Callable[[str], object]]]:
    """The right proof, and what looks at one."""
    camera = Camera(1, "front", "", False, False, 1, None)
    tokens = Tokens(SECRET)
    signatures = Signatures(SECRET)
    words = Words(Throttle())
    words.configure("a password of some length", "an admin token of some length")
    return {
        "camera token": (tokens.token(camera), lambda proof: tokens.verify(camera, proof)),
        "link": (signatures.link(1, 1, 2e9), signatures.read_link),
        "password": (
            "a password of some length",
            lambda proof: words.compare(Word(roles.Means.BEARER, proof.encode())),
        ),
    }


def measure(rounds: int) -> list[Times]:
    return [_measure(kind, *how, rounds) for kind, how in kinds().items()]


def _measure(kind: str, right: str, look: Callable[[str], object], rounds: int) -> Times:
    proofs = {share: _wrong(right, share) for share in SHARES}
    taken: dict[float, list[int]] = {share: [] for share in SHARES}
    order = list(SHARES) * rounds
    random.Random(1).shuffle(order)
    for share in order:
        proof = proofs[share]
        start = time.perf_counter_ns()
        look(proof)
        taken[share].append(time.perf_counter_ns() - start)
    halves = [(one[::2], one[1::2]) for one in taken.values()]
    noise = max(abs(statistics.median(a) - statistics.median(b)) for a, b in halves)
    return Times(kind, {share: statistics.median(one) for share, one in taken.items()}, noise)


def _wrong(right: str, share: float) -> str:
    """As long as the right one, right up to there; of links only the signature is wrong."""
    fixed, dot, secret = right.rpartition(".")
    keep = int(len(secret) * share)
    rest = "".join("x" if one != "x" else "y" for one in secret[keep:])
    return fixed + dot + secret[:keep] + rest


def main() -> None:
    columns = "  ".join(f"{share:8.0%}" for share in SHARES)
    lines = [f"{'ns, median':<16}{columns}  {'spread':>8}  {'noise':>8}"]
    lines += [str(times) for times in measure(ROUNDS)]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
