"""A signal before the program listens for signals, in a real process."""

import signal
import subprocess
import sys

import pytest

from tests.processes import ROOT, environment

#: Runs camclient, and sends itself a signal at one of its imports.
CODE = """
import os, runpy, sys
number, left = int(sys.argv.pop(1)), int(sys.argv.pop(1))
begun = False

def hook(event, args):
    global begun, left
    if event == "import":
        begun = begun or args[0] == "camclient.cli"
        left -= begun
        if begun and left == 0:
            os.kill(os.getpid(), number)

sys.addaudithook(hook)
runpy.run_module("camclient", run_name="__main__", alter_sys=True)
"""
OPTIONS = ["--server", "ws://127.0.0.1:9", "--camera-id", "1", "--token", "x", "--source", "test"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("imports", [1, 40, 120, 240, 350, 420])
def test_a_signal_amid_the_imports_ends_it_quietly(number: int, imports: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(int(number)), str(imports), *OPTIONS],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_a_signal_that_is_ignored_stays_so() -> None:
    """A shell script's `camclient &` must not end with the Ctrl-C of another."""
    code = (
        "import signal, sys, camclient.__main__ as entry, camclient.cli as cli\n"
        "cli.main = lambda: signal.getsignal(signal.SIGINT) != signal.SIG_IGN\n"
        "signal.signal(signal.SIGINT, signal.SIG_IGN)\n"
        "sys.exit(entry.main())"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), check=False)
    assert done.returncode == 0
