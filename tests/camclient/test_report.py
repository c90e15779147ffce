"""When who is told; on a clock that jumps."""

from dataclasses import replace

import pytest
import trio
import trio.testing

from camclient.live_line import LiveLine
from camclient.meter import Stats
from camclient.report import keep_alive, report
from camserve.notify import Notifier
from tests.camclient.terminal import screen, terminal

STATS = Stats(15, 15, 1000, 80, 0.01, connected=True, last_frame_age=0.1)


class FakeNotifier(Notifier):
    def __init__(self, watchdog: float | None = None, listening: bool = True) -> None:
        super().__init__("/nowhere" if listening else None, watchdog)
        self.sent: list[tuple[float, str]] = []

    def _send(self, message: str) -> None:
        self.sent.append((trio.current_time(), message))


async def test_without_a_terminal_the_log_has_a_line_a_minute(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    with trio.move_on_after(190):
        await report(lambda: STATS, Notifier(), None)
    assert [one.getMessage() for one in caplog.records] == [
        "connected, 15.0 fps (15 wanted), 1 kB/s, quality 80, round trip 10 ms"
    ] * 3


async def test_on_a_terminal_there_is_a_line_a_second_and_none_in_the_log(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    taken = 0

    def snapshot() -> Stats:
        nonlocal taken
        taken += 1
        return replace(STATS, fps=taken)

    with terminal() as tty:
        with trio.move_on_after(10.5):
            await report(snapshot, Notifier(), LiveLine(tty.stream))
        written = tty.read()
    assert taken == 11
    assert written.count("\r") == 12  # the last one clears it
    assert screen(written) == [""]
    assert caplog.records == []


async def test_the_service_manager_hears_what_changes(
    autojump_clock: trio.testing.MockClock,
) -> None:
    notifier = FakeNotifier()
    stats = STATS
    async with trio.open_nursery() as nursery:
        nursery.start_soon(report, lambda: stats, notifier, None)
        await trio.sleep(35)
        stats = replace(STATS, connected=False)
        await trio.sleep(60)
        nursery.cancel_scope.cancel()
    first, second = (message for _, message in notifier.sent)
    assert first.startswith("STATUS=connected, 15.0 fps")
    assert second.startswith("STATUS=no connection")


async def test_previews_are_not_called_late(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    idle = replace(STATS, demanded_fps=0, last_frame_age=69)
    with trio.move_on_after(61):
        await report(lambda: idle, Notifier(), None, 30)
    assert caplog.records[0].getMessage().startswith("nobody watches")


async def test_signs_of_life_come_twice_in_the_watchdogs_interval(
    autojump_clock: trio.testing.MockClock,
) -> None:
    notifier = FakeNotifier(watchdog=60)
    began = trio.current_time()
    with trio.move_on_after(100):
        await keep_alive(notifier, lambda: True)
    assert [round(at - began) for at, _ in notifier.sent] == [0, 30, 60, 90]
    assert {message for _, message in notifier.sent} == {"WATCHDOG=1"}


async def test_without_progress_there_are_none_and_the_log_says_so_once(
    autojump_clock: trio.testing.MockClock, caplog: pytest.LogCaptureFixture
) -> None:
    notifier = FakeNotifier(watchdog=60)
    with trio.move_on_after(200):
        await keep_alive(notifier, lambda: False)
    assert notifier.sent == []
    assert [one.getMessage() for one in caplog.records] == [
        "the camera's driver hangs for good: only a new start can help"
    ]


async def test_without_a_watchdog_nothing_is_sent() -> None:
    notifier = FakeNotifier()
    await keep_alive(notifier, lambda: True)
    assert notifier.sent == []
