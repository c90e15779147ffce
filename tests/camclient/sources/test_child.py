"""Programs that start, talk and end in every way there is."""

import os
import shlex
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from camclient.sources.child import KEPT_WORDS, Child, WokenError
from tests.camclient.sources.programs import (
    descriptors,
    lives,
    python,
    read_line,
    read_to_the_end,
    running,
    shell,
)
from tests.processes import eventually

#: The most that close() may take, and what a slow machine adds.
CLOSING = 0.8 + 2.0  # seconds
IGNORES_SIGTERM = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"


def test_its_output_comes_as_it_is() -> None:
    with running(*shell(r"printf '\377\330\000'; printf '\r\n'")) as child:
        assert read_to_the_end(child) == b"\xff\xd8\0\r\n"


def test_it_has_a_session_of_its_own_and_nothing_to_read(tmp_path: Path) -> None:
    (tmp_path / "terminal").write_text("typed\n")
    ours = os.dup(0)
    try:
        with (tmp_path / "terminal").open() as file:
            os.dup2(file.fileno(), 0)
        with running(*shell("cat; echo end; exec sleep 60")) as child:
            assert os.getsid(child.pid) == os.getpgid(child.pid) == child.pid
            assert read_line(child) == "end"
    finally:
        os.dup2(ours, 0)
        os.close(ours)


def test_our_token_is_none_of_its_business(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMCLIENT_TOKEN", "secret")
    monkeypatch.setenv("NOTIFY_SOCKET", "@notify")
    monkeypatch.setenv("LIBCAMERA_LOG_LEVELS", "ERROR")
    with running("env") as child:
        names = {line.partition(b"=")[0] for line in read_to_the_end(child).splitlines()}
    assert not names & {b"CAMCLIENT_TOKEN", b"NOTIFY_SOCKET"}
    assert {b"LIBCAMERA_LOG_LEVELS", b"PATH"} <= names


def test_one_read_takes_all_there_is_and_a_large_picture_fits(tmp_path: Path) -> None:
    done = tmp_path / "done"
    script = f"head -c 600000 /dev/zero; touch {shlex.quote(str(done))}; exec sleep 60"
    with running(*shell(script)) as child:
        eventually(done.exists)  # it did not wait for us to read
        assert len(child.read()) == 600_000


def test_what_it_says_never_makes_it_wait() -> None:
    script = "head -c 3000000 /dev/zero | tr '\\0' e >&2; echo >&2; echo the last line >&2; echo x"
    with running(*shell(script)) as child:
        assert child.read() == b"x\n"
        assert child.read() == b""
        assert child.ending() == "ended with status 0: the last line"
        assert len(child._words) <= KEPT_WORDS


def test_it_is_asked_to_end_before_it_is_made_to(tmp_path: Path) -> None:
    asked = tmp_path / "asked"
    # No shell: dash may lose a trap when its own child gets the signal with it.
    script = (
        "import pathlib, signal, sys\n"
        "def end(*ignored):\n"
        f"    pathlib.Path({str(asked)!r}).touch()\n"
        "    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready', flush=True)\n"
        "while True: signal.pause()"
    )
    with running(*python(script)) as child:
        read_line(child)
    assert asked.exists()


def test_a_program_that_waits_for_us_to_read_can_end() -> None:
    script = (
        "import os, signal, sys\n"
        "def end(*ignored):\n"
        "    try: os.write(1, bytes(9_000_000))\n"
        "    except BrokenPipeError: os._exit(5)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "os.write(1, bytes(9_000_000))"
    )
    child = Child(python(script))
    child.read()
    child.close()
    assert child._process.returncode == 5


PATIENT = {
    "ignores SIGTERM": python(IGNORES_SIGTERM + "print('ready', flush=True); signal.pause()"),
    "ended": shell("echo ready"),
    "stopped": shell("echo ready; kill -STOP $$"),
}


@pytest.mark.parametrize("name", PATIENT)
def test_nothing_is_left_of_it(name: str) -> None:
    before = descriptors()
    child = Child(PATIENT[name])
    assert read_line(child) == "ready"
    began = time.monotonic()
    child.close()
    assert time.monotonic() - began < CLOSING
    assert descriptors() == before
    with pytest.raises(ChildProcessError):  # it was reaped
        os.waitpid(child.pid, os.WNOHANG)


@pytest.mark.parametrize("leader", ["exit", "wait", "trap '' TERM; wait"])
@pytest.mark.parametrize("offspring", ["exec sleep 60", "trap '' TERM; while :; do sleep 1; done"])
def test_what_it_started_ends_with_it(leader: str, offspring: str) -> None:
    child = Child(shell(f"({offspring}) & echo $!; {leader}"))
    pid = int(read_line(child))
    assert lives(pid)
    child.close()
    eventually(lambda: not lives(pid))
    assert not lives(child.pid)


def in_thread(call: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=call)
    thread.start()
    return thread


def test_a_read_can_be_ended_from_another_thread() -> None:
    reading, ended = threading.Event(), threading.Event()

    def read() -> None:
        reading.set()
        with suppress(WokenError):
            child.read()
            return
        ended.set()

    with running("sleep", "60") as child:
        thread = in_thread(read)
        assert reading.wait(5)
        child.wake()
        thread.join(5)
        assert ended.is_set()
        with pytest.raises(WokenError):  # it is not to be read again
            child.read()


@pytest.mark.parametrize("word", ["/no/such/program", "/etc", "/etc/passwd"])
def test_what_cannot_be_started_leaves_nothing(word: str) -> None:
    before = descriptors()
    with pytest.raises(OSError):
        Child([word])
    assert descriptors() == before
