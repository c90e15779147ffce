import time

import trio
import trio.testing

from camserve.metrics.loop_lag import INTERVAL, LoopLag


async def test_a_loop_that_turns_is_not_late(autojump_clock: trio.testing.MockClock) -> None:
    lag = LoopLag()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lag.run)
        await trio.sleep(4.5 * INTERVAL)
        nursery.cancel_scope.cancel()
    assert lag.lags.count == 4
    assert lag.worst == 0


async def test_what_blocks_the_loop_is_seen() -> None:
    lag = LoopLag()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(lag.run)
        await trio.testing.wait_all_tasks_blocked()
        time.sleep(INTERVAL + 0.06)  # noqa: ASYNC251 - this is the fault
        while not lag.lags.count:
            await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert lag.worst >= 0.06


def test_the_worst_is_forgotten_after_some_time() -> None:
    lag = LoopLag(clock=lambda: 0.0)
    lag.saw(3.0)
    for _ in range(19):
        lag.saw(0.1)
    assert lag.worst == 3.0
    lag.saw(-0.1)  # a clock that is imprecise
    assert lag.worst == 0.1
    assert lag.lags.total > 0
