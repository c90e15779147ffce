"""A line at the bottom of the terminal that is rewritten in place, below the lines of the log."""

import contextlib
import os
import select
import threading
from collections.abc import Mapping
from typing import TextIO

#: Back to the first column and empty the line. ECMA-48: EL, which every terminal knows.
CLEAR = "\r\x1b[K"
#: For terminals that do not say how wide they are.
USUAL_COLUMNS = 80


class LiveLine:
    """Stands between the log and the terminal, so that neither writes into the other's line.

    What writes log lines writes to this object as to a stream, from any thread.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        self._shown = ""

    def show(self, text: str) -> None:
        """Replace the line. What does not fit the terminal is cut; a line break would scroll it.

        Does nothing while the terminal takes nothing, or while another program has it.
        """
        with self._lock:
            if self._is_ours():
                self._shown = text[: self.columns - 1]
                self._put(f"\r{self._shown}\x1b[K")

    def write(self, text: str) -> None:
        """Print whole lines above the line."""
        with self._lock:
            if self._shown:
                text = f"{CLEAR}{text}{self._shown}"
            self._put(text)

    def flush(self) -> None:
        """Nothing is ever kept back."""

    def clear(self) -> None:
        """Take the line away."""
        with self._lock:
            if self._shown:
                self._shown = ""
                self._put(CLEAR)

    @property
    def columns(self) -> int:
        """How wide the terminal is now."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or USUAL_COLUMNS
        except OSError:
            return USUAL_COLUMNS

    def _is_ours(self) -> bool:
        """Whether we are in the foreground, and the terminal has not been stopped with Ctrl-S."""
        terminal = self._stream.fileno()
        with contextlib.suppress(OSError):  # it is not our controlling terminal
            if os.tcgetpgrp(terminal) != os.getpgrp():
                return False
        return bool(select.select([], [terminal], [], 0)[1])

    def _put(self, text: str) -> None:
        # A terminal that went away is no reason to end: the camera goes on.
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()


def live_line(stream: TextIO, environ: Mapping[str, str]) -> LiveLine | None:
    """A live line on this stream; None: it is no terminal, or one that cannot rewrite a line."""
    if not stream.isatty() or environ.get("TERM", "dumb") == "dumb":
        return None
    return LiveLine(stream)
