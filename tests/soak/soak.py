"""Everyday load on a real server, samples of what it holds, and the judgement of them."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import trio

from tests.chaos.counted import Holdings
from tests.chaos.judge import Sight
from tests.chaos.old_camera import OldCamera
from tests.chaos.site import FPS, SIZE, Site, open_site
from tests.chaos.watching import KINDS
from tests.links.stamped import StampedSource
from tests.soak.crowd import Visits, bad_network, seat
from tests.soak.slope import growth

SAMPLES = 200
ROWS = 10  # of the table
#: What may be more at the end than chance makes it: a leak of one file, task or kilobyte for each
#: hundred viewers is more within minutes. In less than two a server is still warming up.
ALLOWED = {"memory": 3_000, "files": 3.0, "tasks": 6.0, "threads": 2.0}  # memory: kB


@dataclass(frozen=True)
class Soaked:
    """What was measured: samples at even distances, in the order of time."""

    seconds: float
    pictures: int
    visits: dict[str, int]
    samples: list[Holdings]
    faults: list[str]

    def grown(self, what: str) -> float:
        return growth([getattr(sample, what) for sample in self.samples])

    def table(self) -> Iterator[str]:
        yield f"{'seconds':>8} {'memory kB':>10} {'files':>6} {'tasks':>6} {'threads':>8}"
        step = max(1, (len(self.samples) - 1) // ROWS)
        for number in range(0, len(self.samples), step):
            one = self.samples[number]
            at = self.seconds * (number + 1) / len(self.samples)
            yield f"{at:8.0f} {one.memory:10} {one.files:6} {one.tasks:6} {one.threads:8}"
        grown = {what: f"{self.grown(what):+.1f} (of {most:g})" for what, most in ALLOWED.items()}
        yield "grown: " + ", ".join(f"{what} {by}" for what, by in grown.items())
        done = ", ".join(f"{number} {what}" for what, number in self.visits.items())
        yield f"{self.pictures} pictures; {done}"

    def complaints(self) -> list[str]:
        """What was not as it should be."""
        grown = [
            f"{what} has grown by {self.grown(what):.1f}, and {most:g} are allowed"
            for what, most in ALLOWED.items()
            if self.grown(what) > most
        ]
        return [*grown, *self.faults]


async def soak(directory: Path, seed: int, seconds: float, say: Callable[[str], object]) -> Soaked:
    """Load a server for so long, and look at it all the while.

    Raises: AssertionError: something in its log that nobody expected.
    """
    dice = random.Random(seed)
    samples: list[Holdings] = []
    async with open_site(directory) as site, trio.open_nursery() as nursery:
        site.judge.disturb({"cameras"})  # they lose their network all the time
        for number in (1, 2, 3):
            camera = old_camera(site, number)
            nursery.start_soon(camera.publish)
            nursery.start_soon(bad_network, camera, dice)
            for kind in KINDS:
                sight = Sight(kind, number, frozenset({"cameras"}))
                nursery.start_soon(seat, site.judge, sight, site.http_port, dice)
        visits = Visits(site.http_port, site.ingest_port, dice)
        for name in visits.deeds:
            nursery.start_soon(visits.go_on, name)
        for number in range(SAMPLES):
            await trio.sleep(seconds / SAMPLES)
            samples.append(await site.server_holdings())
            if number % (SAMPLES // ROWS) == 0:
                say(f"{number * seconds / SAMPLES:.0f} s: {samples[-1]}")
        nursery.cancel_scope.cancel()
        site.assert_nothing_unhandled()
    return Soaked(seconds, site.judge.pictures, visits.made, samples, site.judge.faults)


def old_camera(site: Site, number: int) -> OldCamera:
    source = StampedSource(FPS, SIZE, number)
    return OldCamera(site.http_port, *site.identities[number - 1], source)
