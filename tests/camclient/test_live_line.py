import io
import logging
import os
from collections.abc import Iterator

import pytest

from camclient.live_line import LiveLine, live_line
from camserve import logs
from tests.camclient.terminal import Terminal, screen, terminal

XTERM = {"TERM": "xterm"}


@pytest.fixture
def tty() -> Iterator[Terminal]:
    with terminal() as tty:
        yield tty


@pytest.fixture
def line(tty: Terminal) -> LiveLine:
    return LiveLine(tty.stream)


def test_the_line_is_rewritten_in_place(tty: Terminal, line: LiveLine) -> None:
    line.show("15 fps, all is very well")
    line.show("9 fps")
    assert screen(tty.read()) == ["9 fps"]


def test_log_lines_stand_whole_above_it(tty: Terminal, line: LiveLine) -> None:
    line.show("this line is longer than any other")
    line.write("one\n")
    line.write("two\n")
    line.show("short")
    line.write("three\n")
    assert screen(tty.read()) == ["one", "two", "three", "short"]


def test_before_it_and_after_it_the_log_is_as_without_it(tty: Terminal, line: LiveLine) -> None:
    line.write("one\n")
    line.show("15 fps")
    line.clear()
    line.write("two\n")
    assert screen(tty.read()) == ["one", "two", ""]


@pytest.mark.parametrize("columns", [1, 20, 80])
def test_it_never_fills_the_last_column_which_would_scroll(
    tty: Terminal, line: LiveLine, columns: int
) -> None:
    tty.resize(columns)
    line.show("x" * 200)
    assert screen(tty.read()) == ["x" * (columns - 1)]


def test_a_terminal_that_is_made_narrower_is_noticed(tty: Terminal, line: LiveLine) -> None:
    assert line.columns == 80
    tty.resize(30)
    assert line.columns == 30
    tty.resize(0)  # a serial line that says nothing
    assert line.columns == 80


def test_ctrl_s_stops_the_line_and_not_the_program(tty: Terminal, line: LiveLine) -> None:
    tty.stop()
    line.show("15 fps")
    tty.go_on()
    line.show("16 fps")
    assert "15" not in tty.read()


def test_in_the_background_the_terminal_is_left_to_whoever_has_it(
    tty: Terminal, line: LiveLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "tcgetpgrp", lambda fd: os.getpgrp() + 1)
    line.show("15 fps")
    line.write("one\n")
    assert screen(tty.read()) == ["one", ""]


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    with terminal() as tty:
        line = LiveLine(tty.stream)
        tty.stream.close()
        line.write("one\n")
        line.clear()


def test_the_programs_log_goes_through_it(
    tty: Terminal, line: LiveLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    errors = io.StringIO()
    monkeypatch.setattr("sys.stderr", errors)
    root, own = logging.getLogger(), [logging.getLogger(name) for name in logs.OWN_LOGGERS]
    before = (root.level, root.handlers[:], [one.level for one in own])
    try:
        logs.setup("info", "text")
        log = logging.getLogger("camclient.test")
        with logs.through(line):
            line.show("15 fps")
            log.warning("the camera is gone")
        log.warning("the end")
    finally:
        root.setLevel(before[0])
        root.handlers[:] = before[1]
        for one, level in zip(own, before[2], strict=True):
            one.setLevel(level)
    shown = screen(tty.read())
    assert shown[0].endswith("WARNING camclient.test: the camera is gone")
    assert shown[1:] == ["15 fps"]
    assert errors.getvalue().endswith("WARNING camclient.test: the end\n")


def test_only_a_terminal_that_can_rewrite_a_line_has_one(tty: Terminal) -> None:
    assert live_line(tty.stream, XTERM) is not None
    assert live_line(tty.stream, {"TERM": "dumb"}) is None
    assert live_line(tty.stream, {}) is None
    assert live_line(io.StringIO(), XTERM) is None
