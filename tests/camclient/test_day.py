"""A day of faults in some seconds: a fake clock, and everything but TCP and the camera is real."""

import gc
import logging
import os
import random
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
import trio
import trio.testing

from camclient.backoff import Backoff
from camclient.connection import Progress
from camclient.endpoint import Target, parse_endpoint
from camclient.latest import LatestSlot
from camclient.push import push
from camclient.rate import Bounds, Rate
from camclient.reconnect import keep_pushing
from camclient.sources.source import Capture
from tests.camclient.fakes import FakeCapture
from tests.camclient.mock_network import MockNetwork, refuse, say_nothing

HOUR = 3600.0
DAY = 24 * HOUR
FPS = 15
JPEG = b"\xff\xd8\xff" + bytes(3000)
MEGABIT = 1 / 125_000  # seconds per byte
#: Promised in the issue, here with the first pause after an hour without a network.
RECOVERY = 15.0 + 30.0  # seconds


class Log(logging.Handler):
    """Counts records and keeps none."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        record.getMessage()
        self.count += 1
        assert record.levelno < logging.ERROR


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Log:
    counter = Log()
    logger = logging.getLogger("camclient")
    monkeypatch.setattr(logger, "handlers", [counter])
    monkeypatch.setattr(logger, "propagate", False)  # pytest would keep them all
    monkeypatch.setattr(logger, "level", logging.INFO)
    return counter


@dataclass(frozen=True)
class Held:
    """What a program holds when nothing is going on."""

    tasks: int
    files: int
    threads: int
    objects: int

    @classmethod
    def now(cls) -> "Held":
        gc.collect()
        tasks = trio.lowlevel.current_statistics().tasks_living
        files = len(os.listdir("/proc/self/fd"))
        return cls(tasks, files, threading.active_count(), len(gc.get_objects()))


class Camera:
    """Gives pictures as fast as it is asked, when it works."""

    def __init__(self, slot: LatestSlot[Capture], rate: Rate) -> None:
        self.works = True
        self._slot = slot
        self._rate = rate
        self._change = trio.Event()
        rate.on_change(self._wake)

    async def run(self) -> None:
        while True:
            fps = min(FPS, self._rate.fps or FPS)
            with trio.move_on_after(1 / fps) as pause:
                await self._change.wait()
            if self.works and (pause.cancelled_caught or fps < 1):
                self._slot.put(FakeCapture(JPEG))

    def _wake(self) -> None:
        self._change.set()
        self._change = trio.Event()


class Faults:
    """What can happen to a camera in a day."""

    def __init__(self, network: MockNetwork, camera: Camera, chance: random.Random) -> None:
        self._network, self._camera, self._chance = network, camera, chance
        self.count = 0

    async def happen(self) -> None:
        """One of them, to its end."""
        self.count += 1
        await self._chance.choice(self._all)(self)

    async def _wait(self, most: float) -> None:
        await trio.sleep(self._chance.uniform(0, most))

    async def _no_server(self) -> None:
        self._network.connecting = refuse
        await self._network.reset()
        await self._wait(2 * HOUR)
        self._network.connecting = None

    async def _no_answer(self) -> None:
        self._network.connecting = say_nothing
        self._network.lose()
        await self._wait(2 * HOUR)
        self._network.connecting = None

    async def _hang_up(self) -> None:
        self._network.hangs_up = True
        await self._network.reset()
        await self._wait(HOUR)
        self._network.hangs_up = False

    async def _stall(self) -> None:
        self._network.stall()
        await self._wait(20)
        self._network.resume()

    async def _slow(self) -> None:
        self._network.seconds_per_byte = MEGABIT * self._chance.uniform(1, 20)
        await self._watch()
        self._network.seconds_per_byte = 0.0

    async def _watch(self) -> None:
        await self._network.set_demand(FPS)
        await self._wait(30)
        await self._network.set_demand(0)

    async def _reset(self) -> None:
        await self._network.reset()

    async def _half_open(self) -> None:
        self._network.lose()

    async def _restart(self) -> None:
        await self._network.close(1001, "going away")

    async def _replaced(self) -> None:
        await self._network.close(1008, "Replaced by a new connection")

    async def _no_pictures(self) -> None:
        self._camera.works = False
        await self._wait(60)
        self._camera.works = True

    _all: tuple[Callable[["Faults"], Awaitable[None]], ...] = (
        *(_no_server, _no_answer, _hang_up, _stall, _slow, _watch),
        *(_reset, _half_open, _restart, _replaced, _no_pictures),
    )


async def test_a_day_of_faults_leaves_nothing_behind(
    log: Log, autojump_clock: trio.testing.MockClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed = int(os.environ.get("DAY_SEED") or random.randrange(10**6))
    print("DAY_SEED", seed)  # noqa: T201  # pytest shows it when this fails
    chance = random.Random(seed)
    slot = LatestSlot[Capture]()
    rate = Rate(Bounds(fps=FPS))
    target = Target(parse_endpoint("ws://camserver"), 7, "secret")

    async def attempt(progress: Progress) -> None:
        await push(target, slot, rate=rate, progress=progress, handle_message=print)

    async def run() -> None:
        backoff = Backoff(pick=chance.uniform)
        await keep_pushing(attempt, where="camserver", backoff=backoff)  # type: ignore[arg-type]

    async def comes_back() -> None:
        """A viewer comes, and soon there are pictures at the full rate."""
        await network.set_demand(FPS)
        with trio.fail_after(RECOVERY):
            while True:
                before = network.frames
                await trio.sleep(2)
                if network.frames - before > 0.9 * 2 * FPS:
                    break
        await network.set_demand(0)
        await trio.sleep(10)  # quiet: what ends has ended

    async with trio.open_nursery() as nursery:
        network = MockNetwork(nursery)
        monkeypatch.setattr("camclient.push.connect", network.connect)
        camera = Camera(slot, rate)
        nursery.start_soon(camera.run)
        nursery.start_soon(run)
        faults = Faults(network, camera, chance)
        early: Held | None = None
        while trio.current_time() < DAY:
            await faults.happen()
            await trio.sleep(chance.uniform(0, 300))
            if early is None and trio.current_time() > 4 * HOUR:
                await settled(network, comes_back)
                early = Held.now()
        await settled(network, comes_back)
        late = Held.now()
        nursery.cancel_scope.cancel()
    assert early is not None
    assert (late.tasks, late.files) == (early.tasks, early.files)
    assert late.threads <= early.threads  # fewer: those that trio keeps from other tests end
    assert late.objects < early.objects + 600
    assert log.count <= 4 * faults.count + 10


async def settled(network: MockNetwork, comes_back: Callable[[], Awaitable[None]]) -> None:
    await comes_back()
    await trio.sleep(HOUR + 1)  # the server forgets what it lost
    await comes_back()
    assert len(network.connections) == 1
