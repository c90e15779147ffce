"""A terminal for tests: a real pty, and what a person would see on it."""

import fcntl
import os
import pty
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

END = "\0"


class Terminal:
    """The person's side of a pty, and the program's side as a text stream."""

    def __init__(self, master: int, stream: TextIO) -> None:
        self.master = master
        self.stream = stream
        self.resize(80)

    def resize(self, columns: int) -> None:
        size = struct.pack("HHHH", 24, columns, 0, 0)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, size)

    def read(self) -> str:
        """What has been written by now."""
        self.stream.write(END)  # the kernel takes its time: what is before this has come by then
        self.stream.flush()
        written = b""
        while not written.endswith(END.encode()):
            written += os.read(self.master, 65536)
        return written.decode().removesuffix(END)

    def stop(self) -> None:
        """Ctrl-S."""
        termios.tcflow(self.stream.fileno(), termios.TCOOFF)

    def go_on(self) -> None:
        """Ctrl-Q."""
        termios.tcflow(self.stream.fileno(), termios.TCOON)


@contextmanager
def terminal() -> Iterator[Terminal]:
    master, slave = pty.openpty()
    with os.fdopen(master, "rb", buffering=0), open(slave, "w", encoding="utf-8") as stream:
        yield Terminal(master, stream)


def screen(written: str) -> list[str]:
    """The lines that a terminal shows after this was written to it."""
    lines, column = [""], 0
    position = 0
    while position < len(written):
        if written.startswith("\x1b[K", position):
            lines[-1] = lines[-1][:column]
            position += 3
            continue
        character = written[position]
        position += 1
        if character == "\r":
            column = 0
        elif character == "\n":
            lines.append("")
            column = 0
        else:
            assert character.isprintable(), f"not understood: {character!r}"
            lines[-1] = lines[-1][:column] + character + lines[-1][column + 1 :]
            column += 1
    return lines
