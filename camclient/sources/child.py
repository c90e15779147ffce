"""A program that was started for its output: its beginning, its words, and its certain end.

It gets a session of its own, so that what it starts can be ended with it, and so that Ctrl-C in our
terminal reaches us alone. When we are killed, so that nobody ends it, its next write finds that
nobody reads, and the signal for that (SIGPIPE) ends it. The kernel could tell it of our death at
once (PR_SET_PDEATHSIG), but this would have to be asked for between fork and exec, where Python
code is not safe in a program with threads.
"""

import fcntl
import os
import re
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import IO

#: What Linux lets everybody have. With the default of 64 KiB a program waits for us in the middle
#: of a large picture, and what it then writes is old.
PIPE_BYTES = 1 << 20
#: How long the program may take to end when it is asked to. Less than `capture` waits for us.
TERMINATION_GRACE = 0.5  # seconds
#: How long the kernel may take to end it.
KILL_TIMEOUT = 0.3  # seconds
#: How long it may go on after the end of its output, before we no longer wait for its reasons.
ENDING_TIMEOUT = 0.5  # seconds
#: Between two looks whether it has ended: signals and process descriptors would tell at once, but
#: the first belong to the main thread, and not every container has the second.
FIRST_PAUSE, LONGEST_PAUSE = 0.001, 0.02  # seconds
KEPT_WORDS = 4096  # bytes of standard error
#: Not the program's business: our token, and the line by which we tell systemd that we live.
WITHHELD = ("CAMCLIENT_TOKEN", "NOTIFY_SOCKET", "WATCHDOG_PID", "WATCHDOG_USEC")

#: What programs put before their words and is different at each start: times, numbers of
#: processes, addresses.
_PREFIX = re.compile(r"^(?:\[[^\]]*\]\s*)+")
#: rpicam-vid: `ERROR: *** no cameras available ***`; gphoto2 adds ten lines of advice to its own.
_ERROR = re.compile(r"\*\*\* |\b(?:error|fatal)\s*[:(]", re.IGNORECASE)
MAX_WORDS = 300  # characters


class WokenError(Exception):
    """`wake` was called: nothing was read, and nothing is lost."""


class Child:
    """A program that runs. One thread calls all methods but `wake`, and `close` at last.

    Raises:
        OSError: it cannot be started.
    """

    def __init__(self, words: Sequence[str]) -> None:
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        try:
            self._process = subprocess.Popen(
                words,
                bufsize=0,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
                env={name: value for name, value in os.environ.items() if name not in WITHHELD},
            )
        except BaseException:
            os.close(self._wake)
            raise
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._output: IO[bytes] = self._process.stdout
        self._errors: IO[bytes] = self._process.stderr
        self._words = b""  # the last of its standard error
        self._is_mute = False  # it has closed its standard error
        self._poll = select.poll()
        for descriptor in (self._output.fileno(), self._errors.fileno(), self._wake):
            self._poll.register(descriptor, select.POLLIN)
        with suppress(OSError):  # this user has too many large pipes
            fcntl.fcntl(self._output, fcntl.F_SETPIPE_SZ, PIPE_BYTES)

    @property
    def pid(self) -> int:
        return self._process.pid

    def read(self) -> bytes:
        """All of its standard output that lies there, and wait if there is nothing; b"": the end.

        Raises:
            WokenError: somebody called `wake`, now or before.
        """
        while True:
            ready = {descriptor for descriptor, _ in self._poll.poll()}
            if self._wake in ready:
                raise WokenError
            if self._errors.fileno() in ready:
                self._read_errors()
            if self._output.fileno() in ready:
                # One call empties the pipe.
                return os.read(self._output.fileno(), PIPE_BYTES)

    def wake(self) -> None:
        """Let `read` raise, once and for all. Any thread may call it, until `close`."""
        os.eventfd_write(self._wake, 1)

    def ending(self) -> str:
        """How it ended and why: `ended with status 1: no such camera`. After the end of its output.

        Takes ENDING_TIMEOUT at most. `wake` cuts it short.
        """
        self._poll.unregister(self._output)
        deadline = time.monotonic() + ENDING_TIMEOUT
        while not self._is_mute and (left := deadline - time.monotonic()) > 0:
            ready = {descriptor for descriptor, _ in self._poll.poll(left * 1000)}
            if self._wake in ready:
                deadline = 0
            elif self._errors.fileno() in ready:
                self._read_errors()
        how = self._how_it_ended(deadline)
        words = last_words(self._words)
        return f"{how}: {words}" if words else how

    def close(self) -> None:
        """End it and all that it has started, and forget it. Takes 0.8 s at most. Never raises.

        What has gone into a session of its own lives on.
        """
        self._signal(signal.SIGTERM)
        self._output.close()  # so that it does not wait for us to read while it ends
        self._errors.close()
        os.close(self._wake)
        self._has_ended(time.monotonic() + TERMINATION_GRACE)
        # Not reaped yet, so the number of the group is still its own. And not only if it is still
        # there: a child of it may have outlived it.
        self._signal(signal.SIGKILL)
        # One that hangs in a driver is reaped by Python when the next program is started.
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_TIMEOUT)

    def _read_errors(self) -> None:
        data = os.read(self._errors.fileno(), PIPE_BYTES)
        self._words = (self._words + data)[-KEPT_WORDS:]
        if not data:
            self._is_mute = True
            self._poll.unregister(self._errors)

    def _signal(self, number: signal.Signals) -> None:
        # All have ended, or have become somebody else (sudo).
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _how_it_ended(self, deadline: float) -> str:
        if not self._has_ended(deadline):
            return "closed its standard output"
        try:
            result = self._end()
        except ChildProcessError:
            return "ended"
        assert result is not None
        if result.si_code == os.CLD_EXITED:
            return f"ended with status {result.si_status}"
        try:
            return f"was ended by {signal.Signals(result.si_status).name}"
        except ValueError:  # a real-time signal
            return f"was ended by signal {result.si_status}"

    def _has_ended(self, deadline: float) -> bool:
        """Wait for its end, until then at the latest; whether it ended."""
        pause = FIRST_PAUSE
        try:
            while self._end() is None:
                if time.monotonic() >= deadline:
                    return False
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE)
        except ChildProcessError:
            pass  # we were started with SIGCHLD ignored, and then the kernel keeps no answers
        return True

    def _end(self) -> os.waitid_result | None:
        """How it ended; None: not yet. It is not reaped, so that its number remains its own."""
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)


def last_words(errors: bytes) -> str:
    """The lines of a standard error that say what went wrong, in one line; "" when it is empty."""
    lines = re.split(r"[\r\n]+", errors.decode("utf-8", "replace"))
    lines = [line for line in (_PREFIX.sub("", " ".join(line.split())) for line in lines) if line]
    telling = [line for line in lines if _ERROR.search(line)][-2:] or lines[-1:]
    return "; ".join(telling)[:MAX_WORDS]
