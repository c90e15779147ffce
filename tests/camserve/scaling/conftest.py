"""A hub, a scaler that runs, and scissors that do what a test wants."""

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
import trio

from camserve.relay import Hub
from camserve.scaling import Scaler

TIMEOUT = 10.0  # seconds; far more than anything that is waited for here takes


@asynccontextmanager
async def running(scaler: Scaler) -> AsyncIterator[Scaler]:
    async with trio.open_nursery() as nursery:
        await nursery.start(scaler.run)
        yield scaler
        nursery.cancel_scope.cancel()


@pytest.fixture
def hub() -> Hub:
    return Hub()


@pytest.fixture
async def scaler(hub: Hub) -> AsyncIterator[Scaler]:
    async with running(Scaler(hub)) as scaler:
        yield scaler


@dataclass
class Scissors:
    """Stands in for `shrink`: `jpeg` becomes `width:jpeg`, when `open` is set.

    cuts: each begun piece of work, as a result
    """

    cuts: list[bytes] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    error: Exception | None = None
    _begun: trio.Event = field(default_factory=trio.Event)

    def __call__(self, jpeg: bytes, width: int) -> bytes:
        small = b"%d:%b" % (width, jpeg)
        self.cuts.append(small)
        trio.from_thread.run_sync(self._begin)
        assert self.open.wait(TIMEOUT)
        if self.error is not None:
            raise self.error
        return small

    def _begin(self) -> None:
        self._begun.set()
        self._begun = trio.Event()

    async def wait_cuts(self, number: int) -> None:
        """Wait until so many have begun."""
        with trio.fail_after(TIMEOUT):
            while len(self.cuts) < number:
                await self._begun.wait()


@pytest.fixture
def scissors(monkeypatch: pytest.MonkeyPatch) -> Scissors:
    scissors = Scissors()
    scissors.open.set()
    monkeypatch.setattr("camserve.scaling.job.shrink", scissors)
    return scissors
