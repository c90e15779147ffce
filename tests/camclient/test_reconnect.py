"""No sockets here: the connections are scripts, and time jumps."""

import logging
from collections.abc import Awaitable, Callable
from typing import NoReturn

import pytest
import trio
from trio.testing import MockClock

from camclient.backoff import Backoff
from camclient.connection import Network, Progress
from camclient.failures import ConnectionLostError, Refused, ReplacedError
from camclient.reconnect import STEADY_AFTER, keep_pushing

Attempt = Callable[[Progress], Awaitable[None]]


async def fails(progress: Progress) -> None:
    raise ConnectionLostError("cannot connect")


async def fails_otherwise(progress: Progress) -> None:
    raise ConnectionLostError("no route")


async def hangs(progress: Progress) -> None:
    await trio.sleep(10)
    raise ConnectionLostError("cannot connect")


async def refuses(progress: Progress) -> None:
    progress.connected()
    raise Refused("Invalid token")


async def replaces(progress: Progress) -> None:
    progress.connected()
    raise ReplacedError("Replaced by a new connection")


async def throws_out(progress: Progress) -> None:
    progress.connected()
    progress.frame_sent()
    raise ConnectionLostError("closed: 1011")


async def holds(progress: Progress) -> None:
    progress.connected()
    await trio.sleep(STEADY_AFTER)
    progress.frame_sent()
    progress.frame_sent()
    raise ConnectionLostError("the connection broke")


async def holds_without_pictures(progress: Progress) -> None:
    progress.connected()
    await trio.sleep(1000)
    raise ConnectionLostError("the connection broke")


class FakeNetwork:
    """Has news at the times that a test says, in trio's time."""

    def __init__(self, *news: float) -> None:
        self._news = list(news)

    async def wait(self) -> None:
        if not self._news:
            await trio.sleep_forever()
        await trio.sleep_until(self._news[0])
        del self._news[0]


async def run(script: list[Attempt], network: Network | None = None) -> list[float]:
    """Makes these connections and one that is refused: how long it waited before each."""
    attempts, starts, ends = iter([*script, refuses]), list[float](), list[float]()

    async def attempt(progress: Progress) -> NoReturn:
        starts.append(trio.current_time())
        try:
            await next(attempts)(progress)
        finally:
            ends.append(trio.current_time())
        raise AssertionError

    backoff = Backoff(pick=lambda low, high: high)
    with pytest.raises(Refused):
        await keep_pushing(attempt, where="ws://pi", backoff=backoff, network=network)
    return [start - end for start, end in zip(starts[1:], ends, strict=False)]


async def test_tries_go_on_with_growing_pauses_until_refused(autojump_clock: MockClock) -> None:
    pauses = await run([fails] * 100)
    assert pauses[:4] == pytest.approx([0.5, 1, 2, 2])
    assert pauses[-1] == 30
    outage = 0.0
    for pause in pauses:  # in the first half minute quickly, and then as often as it makes sense
        assert pause <= max(2, outage / 16) + 1e-9
        outage += pause


async def test_a_try_that_took_long_is_followed_by_the_next_at_once(
    autojump_clock: MockClock,
) -> None:
    assert await run([hangs, hangs, fails]) == pytest.approx([0, 0, 2])


async def test_a_change_of_the_network_ends_the_pause(autojump_clock: MockClock) -> None:
    # Tries at 0, 0.5, 1.5, then at 2 instead of 3.5.
    start = trio.current_time()
    network = FakeNetwork(start + 2)
    assert await run([fails] * 4, network) == pytest.approx([0.5, 1, 0.5, 2])


async def test_no_change_of_the_network_brings_back_who_was_replaced(
    autojump_clock: MockClock,
) -> None:
    # The news counts once it may: for the pause after the next one.
    network = FakeNetwork(trio.current_time() + 1)
    assert await run([replaces, fails], network) == pytest.approx([30, 0])


async def test_a_good_connection_makes_the_next_retry_quick(autojump_clock: MockClock) -> None:
    assert await run([fails, fails, holds, fails]) == pytest.approx([0.5, 1, 0.5, 1])


@pytest.mark.parametrize("attempt", [throws_out, holds_without_pictures])
async def test_a_connection_that_is_short_or_sends_nothing_is_not_good(
    autojump_clock: MockClock, attempt: Attempt
) -> None:
    assert await run([fails, attempt, fails]) == pytest.approx([0.5, 1, 2])


async def test_who_was_replaced_waits_longest(autojump_clock: MockClock) -> None:
    assert await run([replaces, fails]) == pytest.approx([30, 0.5])


async def test_the_log_tells_each_reason_once(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await run([fails, fails, fails_otherwise, fails, fails, holds, fails])
    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", "ws://pi: cannot connect; trying again"),
        ("WARNING", "ws://pi: no route; trying again"),
        ("WARNING", "ws://pi: cannot connect; trying again"),
        ("INFO", "ws://pi: connected"),
        ("WARNING", "ws://pi: the connection broke; trying again"),
        ("WARNING", "ws://pi: cannot connect; trying again"),
        ("INFO", "ws://pi: connected"),
    ]


async def test_a_server_that_lets_in_and_throws_out_does_not_fill_the_log(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await run([throws_out, throws_out, throws_out, holds])
    assert caplog.messages == [
        "ws://pi: connected",
        "ws://pi: closed: 1011; trying again",
        "ws://pi: connected",
        "ws://pi: the connection broke; trying again",
    ]


async def test_being_replaced_is_a_warning_with_a_hint(
    autojump_clock: MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    await run([replaces])
    assert "(does another program push as this camera?); trying again in 30 s" in caplog.text
    assert caplog.records[0].levelname == "WARNING"
