"""A flood of refusals fills no log, and still is told."""

import pytest
import trio
import trio.testing

from camserve.refusals import BURST, PERIOD, RefusalLog


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_then_a_summary(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    refusals = RefusalLog(clock=clock)
    for number in range(BURST + 30):
        refusals.write("doors shut", "number %d", number)
    assert caplog.messages == [f"number {number}" for number in range(BURST)]
    refusals.summarise()
    assert len(caplog.records) == BURST
    clock.now += PERIOD
    refusals.summarise()
    assert caplog.messages[BURST:] == ["doors shut: 30 more in 60 s"]
    refusals.summarise()
    assert len(caplog.records) == BURST + 1


def test_a_kind_does_not_hide_another(caplog: pytest.LogCaptureFixture) -> None:
    refusals = RefusalLog(clock=Clock())
    for _ in range(BURST + 5):
        refusals.write("doors shut", "one of a flood")
    refusals.write("cameras refused", "the one that matters")
    assert caplog.messages[-1] == "the one that matters"


def test_after_a_period_lines_are_written_again(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    refusals = RefusalLog(clock=clock)
    for _ in range(3):
        refusals.write("doors shut", "first", burst=1)
    clock.now += PERIOD
    refusals.write("doors shut", "second", burst=1)
    assert caplog.messages == ["first", "doors shut: 2 more in 60 s", "second"]


async def test_the_summary_comes_by_itself(
    caplog: pytest.LogCaptureFixture, autojump_clock: trio.testing.MockClock
) -> None:
    refusals = RefusalLog(clock=trio.current_time)
    for _ in range(2):
        refusals.write("doors shut", "line", burst=1)
    with trio.move_on_after(2 * PERIOD):
        await refusals.run()
    assert [message.partition(" in ")[0] for message in caplog.messages] == [
        "line",
        "doors shut: 1 more",
    ]


def test_what_is_kept_does_not_grow(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    refusals = RefusalLog(clock=clock)
    for number in range(100):
        refusals.write(f"kind {number}", "line")
    clock.now += PERIOD
    refusals.summarise()
    assert not refusals._kinds
