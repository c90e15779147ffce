"""What is told of a program that ended."""

import signal

import pytest

from camclient.sources.child import MAX_WORDS, last_words
from tests.camclient.sources.programs import lives, read_to_the_end, running, shell
from tests.processes import eventually


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("exit 0", "ended with status 0"),
        ("exit 7", "ended with status 7"),
        ("echo; echo no camera >&2; exit 1", "ended with status 1: no camera"),
        ("exec 2>&-; exit 2", "ended with status 2"),
        ("exec >&-; sleep 0.1; echo late >&2; exit 3", "ended with status 3: late"),
        ("kill -KILL $$", "was ended by SIGKILL"),
        ("kill -40 $$", "was ended by signal 40"),
        ("echo bye >&2; exec >&-; exec sleep 60", "closed its standard output: bye"),
        ("exec >&- 2>&-; exec sleep 60", "closed its standard output"),
    ],
)
def test_how_it_ended(script: str, told: str) -> None:
    with running(*shell(script)) as child:
        read_to_the_end(child)
        assert child.ending() == told


def test_its_end_is_told_even_when_the_kernel_forgets_it() -> None:
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        with running(*shell("exit 1")) as child:
            read_to_the_end(child)
            eventually(lambda: not lives(child.pid))
            assert child.ending() == "ended"
    finally:
        signal.signal(signal.SIGCHLD, before)


@pytest.mark.parametrize(
    ("errors", "told"),
    [
        (b"", ""),
        (b" \n\n", ""),
        (b"one\ntwo\n\n", "two"),
        (b"frame=1 fps=2\rframe=3 fps=4\r", "frame=3 fps=4"),
        (
            b"[0:03:05.123456789] [1021]  INFO Camera camera_manager.cpp:299 libcamera v0.0.5\n"
            b"ERROR: *** no cameras available ***\n",
            "ERROR: *** no cameras available ***",
        ),
        (
            b"*** Error: No camera found. ***      \n\n*** Error (-105: 'Unknown model') ***\n\n"
            b"If you intend to send any error or debug messages, please run gphoto2 as follows:\n",
            "*** Error: No camera found. ***; *** Error (-105: 'Unknown model') ***",
        ),
        (
            b"[in#0 @ 0x55d2c0] Error opening input: No such file\n",
            "Error opening input: No such file",
        ),
        (b"\xff\xfe", "\ufffd\ufffd"),
        (b"e" * 5000, "e" * MAX_WORDS),
    ],
)
def test_the_words_that_tell_why(errors: bytes, told: str) -> None:
    assert last_words(errors) == told
