"""The task between moves and servos."""

import threading
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from operator import eq

import pytest
import trio
import trio.testing

from camclient import motor as module
from camclient.motion import Limits
from camclient.motor import Motor
from camclient.servos import MotorError
from tests.camclient.fakes import wait_until

#: Arrives with the first step or the second.
QUICK = Limits(max_speed=1000)


class FakeServos:
    """Remembers what it was told, and fails on request."""

    def __init__(self) -> None:
        self.told: list[tuple[float, float] | str] = []
        self.times: list[float] = []
        self.fault: str | None = None
        self.hangs: threading.Event | None = None

    def open(self) -> None:
        if self.fault:
            raise MotorError(self.fault)
        self.told.append("open")

    def put(self, x: float, y: float) -> None:
        if self.hangs:
            self.hangs.wait()
        if self.fault:
            raise MotorError(self.fault)
        self.told.append((x, y))
        self.times.append(trio.from_thread.run_sync(trio.current_time))

    def detach(self) -> None:
        self.told.append("detach")

    def close(self) -> None:
        self.told.append("close")

    @property
    def at(self) -> tuple[float, float] | None:
        return next((one for one in reversed(self.told) if not isinstance(one, str)), None)


@pytest.fixture
def servos() -> FakeServos:
    return FakeServos()


Start = Callable[[Limits], Motor]


@pytest.fixture
def start(nursery: trio.Nursery, servos: FakeServos) -> Start:
    def start(limits: Limits) -> Motor:
        motor = Motor(limits, servos)
        nursery.start_soon(motor.run)
        return motor

    return start


async def test_a_move_is_made_and_then_the_servos_rest(start: Start, servos: FakeServos) -> None:
    motor = start(QUICK)
    motor.move(0.5, -0.25)
    await wait_until(lambda: servos.told[-1:] == ["detach"])
    assert servos.told[0] == "open"
    assert servos.at == (0.5, -0.25)
    motor.move(1, 1)
    await wait_until(lambda: servos.at == (1, 1))


async def test_without_a_move_nothing_turns(start: Start, servos: FakeServos) -> None:
    start(QUICK)
    await wait_until(lambda: servos.told)
    await trio.testing.wait_all_tasks_blocked()
    assert servos.told == ["open"]


async def test_a_move_to_where_it_is_thought_to_be_is_made_all_the_same(
    start: Start, servos: FakeServos
) -> None:
    start(QUICK).move(0, 0)
    await wait_until(lambda: servos.at == (0, 0))


async def test_the_newest_move_wins_while_it_turns(start: Start, servos: FakeServos) -> None:
    motor = start(Limits(max_speed=5))
    motor.move(1, 1)
    await wait_until(lambda: servos.at)
    motor.move(-0.1, -0.1)
    await wait_until(lambda: servos.at == (-0.1, -0.1))
    assert all(one[0] < 0.9 for one in servos.told if not isinstance(one, str))


async def test_steps_are_never_closer_than_the_interval(start: Start, servos: FakeServos) -> None:
    limits = Limits(max_speed=2, interval=0.03)
    start(limits).move(0.3, 0)
    await wait_until(lambda: servos.at == (0.3, 0))
    gaps = [b - a for a, b in pairwise(servos.times)]
    # The pulse is given a moment after the step: one may be late, and the next one not.
    assert sum(gaps) >= 0.95 * limits.interval * len(gaps)
    assert len(gaps) > 5


async def test_a_fault_is_logged_once_and_the_next_move_tries_again(
    start: Start,
    servos: FakeServos,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.01)
    caplog.set_level("INFO")
    servos.fault = "no pins here"
    motor = start(QUICK)
    while len(servos.told) < 3:
        closed = [*servos.told, "close"]
        await wait_until(partial(eq, closed, servos.told))
        motor.move(1, 0)
    assert [one.getMessage() for one in caplog.records] == [
        "the motor does not work, pictures go on without it: no pins here"
    ]
    servos.fault = None
    motor.move(0, 1)
    await wait_until(lambda: servos.at == (0, 1))
    assert [one.getMessage() for one in caplog.records][1:] == ["the motor is ready"]
    servos.fault = "gone"  # in the middle of it
    motor.move(1, 1)
    await wait_until(lambda: len(caplog.records) == 3)
    assert caplog.records[-1].getMessage().endswith("without it: gone")


async def test_after_a_fault_nothing_is_tried_without_a_move(
    start: Start, servos: FakeServos, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.0)
    servos.fault = "no pins here"
    start(QUICK).move(1, 0)  # the move that met the fault is not made up for
    await wait_until(lambda: servos.told == ["close"])
    with trio.fail_after(5):
        await trio.testing.wait_all_tasks_blocked(0.05)
    assert servos.told == ["close"]


async def test_at_the_end_the_servos_are_let_go_of(servos: FakeServos) -> None:
    motor = Motor(Limits(), servos)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(motor.run)
        motor.move(1, 1)
        await wait_until(lambda: servos.at)
        nursery.cancel_scope.cancel()
    assert servos.told[-1] == "close"


async def test_a_call_that_hangs_does_not_keep_the_program(servos: FakeServos) -> None:
    servos.hangs = threading.Event()
    motor = Motor(QUICK, servos)
    with trio.fail_after(module.RELEASE_TIMEOUT + 3):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(motor.run)
            motor.move(1, 1)
            await wait_until(lambda: servos.told)
            await trio.testing.wait_all_tasks_blocked()
            nursery.cancel_scope.cancel()
    servos.hangs.set()
