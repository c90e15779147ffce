"""Round after round: something is done, everything comes back, and then nothing is old."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import trio

from tests.chaos.actions import draw
from tests.chaos.counted import Holdings
from tests.chaos.site import CAMERA_END, SERVER_END, Site, open_site

STARTUP = 20.0  # seconds until every viewer sees a picture
#: From the end of a disturbance until every viewer sees a picture that was taken after it. A
#: camera notices a dead link within 5 s, and waits up to 4 s after several vain tries.
RETURN = 15.0  # seconds
WATCHED = 1.0  # seconds for which nothing is done, and nothing may be old
LEAVING = 20.0  # seconds in which a server forgets everybody who left
MORE_THREADS = 8  # that Trio keeps for a while
MORE_MEMORY = 30_000  # kB that Python keeps of what it once needed
MORE_AT_A_CAMERA = 2  # files or tasks: a connection that is just being made


@dataclass(frozen=True)
class Report:
    """What was seen; oldest: seconds, of a picture that nothing excused."""

    rounds: int
    pictures: int
    oldest: float
    slowest_return: float

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds, {self.pictures} pictures, the oldest {self.oldest:.2f} s; "
            f"the slowest return took {self.slowest_return:.1f} s"
        )


async def chaos(directory: Path, seed: int, seconds: float, say: Callable[[str], object]) -> Report:
    """Do what this seed wants, for at least so many seconds.

    Raises: AssertionError or trio.TooSlowError, when an invariant did not hold.
    """
    dice = random.Random(seed)
    rounds, slowest = 0, 0.0
    async with open_site(directory) as site:
        base = await site.server_holdings()
        await site.start_cameras()
        site.start_viewers()
        site.judge.disturb({"server"})  # the first pictures may be older than the viewers
        await come_back(site, STARTUP)
        camera_bases = {number: await site.camera_holdings(number) for number in site.cameras}
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            rounds += 1
            actions = draw(dice)
            say(f"{rounds}: {'; '.join(map(str, actions))}")
            async with trio.open_nursery() as nursery:
                for action in actions:
                    nursery.start_soon(action.take, site)
            slowest = max(slowest, await come_back(site, RETURN))
            await trio.sleep(WATCHED)
            assert not site.judge.faults, "\n".join(site.judge.faults)
            site.assert_nothing_unhandled()
        for number, before in camera_bases.items():
            assert_no_more(await site.camera_holdings(number), before)
        await everybody_leaves(site, base)
        site.assert_nothing_unhandled()
        return Report(rounds, site.judge.pictures, site.judge.oldest, slowest)


async def come_back(site: Site, within: float) -> float:
    """Wait until everybody sees something again; the seconds that it took."""
    began = time.monotonic()
    with trio.move_on_after(within) as waiting:
        await site.all_see()
    if waiting.cancelled_caught:
        blind = [str(v.sight) for v in site.viewers if (v.sight.latest or (0,))[0] < began]
        faults = "\n".join(site.judge.faults)
        raise AssertionError(f"after {within:g} s no new picture: {', '.join(blind)}\n{faults}")
    site.judge.calm()
    return time.monotonic() - began


def assert_no_more(now: Holdings, before: Holdings) -> None:
    assert now.files <= before.files + MORE_AT_A_CAMERA, (now, before)
    assert now.tasks <= before.tasks + MORE_AT_A_CAMERA, (now, before)
    assert now.memory <= before.memory + MORE_MEMORY, (now, before)


async def everybody_leaves(site: Site, base: Holdings) -> None:
    """Then the server holds what it held when nobody had come yet; and it ends well."""
    for program in site.cameras.values():
        await site.end(program, CAMERA_END)
    site.go_away()
    began = time.monotonic()
    while True:
        now = await site.server_holdings()
        if now.tasks <= base.tasks and now.files <= base.files:
            break
        assert time.monotonic() - began < LEAVING, f"still {now.names - base.names}, {now}, {base}"
        await trio.sleep(0.5)
    assert now.threads <= base.threads + MORE_THREADS, (now, base)
    assert now.memory <= base.memory + MORE_MEMORY, (now, base)
    await site.end(site.server, SERVER_END)
