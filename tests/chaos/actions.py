"""What chaos does, each to one target, and all of it undone when it returns."""

import random
import signal
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import trio

from tests import attacks
from tests.chaos.site import CAMERA_END, SERVER_END, Site
from tests.chaos.viewer import ENDS
from tests.links.link import Link
from tests.processes import Program

NARROW, SHALLOW = 300_000, 8_192  # bytes per second and bytes that wait, of a link that is slow
LATEST, LONGEST = 1.0, 2.5  # seconds until something begins, and that it lasts
MOST_AT_ONCE = 3
RUDENESS_TIMEOUT = 5.0  # seconds that a stranger has

Deed = Callable[[Site, random.Random, float], Awaitable[None]]


@dataclass(frozen=True)
class Action:
    """What is done to whom.

    parts: which pictures may be old because of it
    delay, seconds: when it begins, and how long it lasts
    """

    name: str
    parts: frozenset[str]
    deed: Deed
    delay: float
    seconds: float
    dice: random.Random

    async def take(self, site: Site) -> None:
        await trio.sleep(self.delay)
        site.judge.disturb(self.parts)
        await self.deed(site, self.dice, self.seconds)

    def __str__(self) -> str:
        return f"{self.name} (after {self.delay:.1f} s, for {self.seconds:.1f} s)"


def draw(dice: random.Random) -> list[Action]:
    """What is done at the same time in the next round; each target is drawn once at most."""
    targets = dice.sample(sorted(TARGETS), dice.randint(1, MOST_AT_ONCE))
    actions = []
    for target in targets:
        parts, deeds = TARGETS[target]
        name = dice.choice(sorted(deeds))
        delay, seconds = dice.uniform(0, LATEST), dice.uniform(0.2, LONGEST)
        own = random.Random(dice.getrandbits(32))
        what = f"{target}: {name}"
        actions.append(Action(what, frozenset(parts), deeds[name], delay, seconds, own))
    return actions


async def kill_server(site: Site, dice: random.Random, seconds: float) -> None:
    await site.kill(site.server)
    await trio.sleep(seconds)
    await site.start_server()


async def end_server(site: Site, dice: random.Random, seconds: float) -> None:
    await site.end(site.server, SERVER_END)
    await trio.sleep(seconds)
    await site.start_server()


async def stop_server(site: Site, dice: random.Random, seconds: float) -> None:
    await stop(site.server, seconds)


async def kill_camera(number: int, site: Site, dice: random.Random, seconds: float) -> None:
    await site.kill(site.cameras[number])
    await trio.sleep(seconds)
    site.start_camera(number)


async def end_camera(number: int, site: Site, dice: random.Random, seconds: float) -> None:
    await site.end(site.cameras[number], CAMERA_END)
    await trio.sleep(seconds)
    site.start_camera(number)


async def stop_camera(number: int, site: Site, dice: random.Random, seconds: float) -> None:
    await stop(site.cameras[number], seconds)


async def stop(program: Program, seconds: float) -> None:
    program.process.send_signal(signal.SIGSTOP)
    try:
        await trio.sleep(seconds)
    finally:
        program.process.send_signal(signal.SIGCONT)


async def old_camera_vanishes(site: Site, dice: random.Random, seconds: float) -> None:
    site.old_camera.vanish()


async def old_camera_stops(site: Site, dice: random.Random, seconds: float) -> None:
    site.old_camera.stop()
    await trio.sleep(seconds)
    site.old_camera.resume()


async def some_leave(site: Site, dice: random.Random, seconds: float) -> None:
    for viewer in dice.sample(site.viewers, len(site.viewers) // 2):
        viewer.leave()


async def some_stop_reading(site: Site, dice: random.Random, seconds: float) -> None:
    chosen = dice.sample(site.viewers, len(site.viewers) // 3)
    for viewer in chosen:
        site.judge.disturb({f"{viewer.sight.kind} {viewer.sight.camera}"})
        viewer.stop_reading()
    await trio.sleep(seconds)
    for viewer in chosen:
        viewer.resume()


async def strangers(site: Site, dice: random.Random, seconds: float) -> None:
    """They find no server now and then, or one that is stopped."""
    for _ in range(dice.randint(1, 8)):
        attack = dice.choice([*attacks.THREE_KILLS, *attacks.RESETS])
        with trio.move_on_after(RUDENESS_TIMEOUT):
            with suppress(*ENDS):
                await attack(dice.choice([site.http_port, site.ingest_port]))


def link_of(name: str, site: Site) -> Link:
    link: Link = getattr(site, name)
    return link


async def reset(name: str, site: Site, dice: random.Random, seconds: float) -> None:
    link_of(name, site).reset()


async def stall(name: str, site: Site, dice: random.Random, seconds: float) -> None:
    link_of(name, site).stall()
    await trio.sleep(seconds)
    link_of(name, site).resume()


async def lose(name: str, site: Site, dice: random.Random, seconds: float) -> None:
    link_of(name, site).lose()
    await trio.sleep(seconds)
    if name == "viewer_link":  # nobody tells a browser either: somebody looks at it and reloads
        for viewer in site.viewers:
            viewer.leave()


async def slow(name: str, site: Site, dice: random.Random, seconds: float) -> None:
    link_of(name, site).set(rate=NARROW, queue=SHALLOW)
    await trio.sleep(seconds)
    link_of(name, site).set(rate=None, queue=64 * 1024)


def link_deeds(name: str) -> dict[str, Deed]:
    deeds = {"reset": reset, "stalls": stall, "is lost": lose, "is slow": slow}
    return {what: partial(deed, name) for what, deed in deeds.items()}


def camera_deeds(number: int) -> dict[str, Deed]:
    deeds = {"killed": kill_camera, "ended": end_camera, "stopped": stop_camera}
    return {what: partial(deed, number) for what, deed in deeds.items()}


#: Target → the parts whose pictures may be old because of it, and what may be done to it.
TARGETS: dict[str, tuple[set[str], dict[str, Deed]]] = {
    "server": ({"server"}, {"killed": kill_server, "ended": end_server, "stopped": stop_server}),
    "camera 1": ({"camera 1"}, camera_deeds(1)),
    "camera 2": ({"camera 2"}, camera_deeds(2)),
    "camera 3": ({"camera 3"}, {"vanishes": old_camera_vanishes, "stops": old_camera_stops}),
    "link of camera 1": ({"camera 1"}, link_deeds("camera_link")),
    "link of the viewers": ({"viewers"}, link_deeds("viewer_link")),
    "viewers": (set(), {"leave": some_leave, "stop reading": some_stop_reading}),
    "strangers": (set(), {"are rude": strangers}),
}
