"""The kinds of values that settings take, and how each is read.

A kind gets text (from the command line, the environment, or quoted in a file) or whatever the file
format made of the value (a number, true or false), and accepts both.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

#: Python's own int() also takes "1_000" and digits of other scripts, which no one means.
#: 18 digits fit into 64 bits and keep int() away from its quadratic range.
_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")

_SWITCH_WORDS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of value.

    expected: ends the sentence "expected ...", for example "an integer from 1 to 5".
    metavar: stands for the value in the help of the command line.
    parse: makes the value; raises ValueError for everything else. Notes of the error (PEP 678) are
        told to the user.
    flag: on the command line `--name` and `--no-name` instead of `--name VALUE`.
    """

    expected: str
    metavar: str
    parse: Callable[[object], T]
    flag: bool = False


def text(expected: str = "text", metavar: str = "TEXT", *, numbers: bool = False) -> Kind[str]:
    """Text that is not empty.

    numbers: a whole number in a file counts as its digits (a camera may be called 0).
    """

    def parse(value: object) -> str:
        if numbers and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        # Bytes of the environment that are not UTF-8 arrive as lone surrogates, which nothing
        # behind here can encode; encode() raises a ValueError for them.
        if not isinstance(value, str) or not value.encode() or "\0" in value:
            raise ValueError(value)
        return value

    return Kind(expected, metavar, parse)


def integer(
    least: int | None = None,
    most: int | None = None,
    *,
    expected: str = "an integer",
    metavar: str = "N",
) -> Kind[int]:
    """A whole number from `least` to `most`, both included."""

    def parse(value: object) -> int:
        if isinstance(value, str) and _INTEGER.fullmatch(value.strip()):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise ValueError(value)
        if (least is not None and value < least) or (most is not None and value > most):
            raise ValueError(value)
        return value

    return Kind(expected + _range(least, most), metavar, parse)


def port() -> Kind[int]:
    """A TCP port to listen on; 0 lets the system choose."""
    return integer(0, 65535, expected="a port number", metavar="PORT")


def number(
    least: float | None = None,
    most: float | None = None,
    *,
    above: float | None = None,
    expected: str = "a number",
    metavar: str = "NUMBER",
) -> Kind[float]:
    """A finite number from `least` to `most`, both included, and greater than `above`."""

    def parse(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(value)
        try:
            number = float(value)
        except OverflowError:
            raise ValueError(value) from None
        too_low = (least is not None and number < least) or (above is not None and number <= above)
        if not math.isfinite(number) or too_low or (most is not None and number > most):
            raise ValueError(value)
        return number

    lower = "" if above is None else f" greater than {above:g}"
    upper = _range(least, most) if above is None or most is None else f" and at most {most:g}"
    return Kind(expected + lower + upper, metavar, parse)


def seconds() -> Kind[float]:
    """A length of time in seconds, greater than 0."""
    return number(above=0, expected="a number of seconds", metavar="SECONDS")


def choice(*words: str) -> Kind[str]:
    """One of these words."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or value not in words:
            raise ValueError(value)
        return value

    return Kind("one of " + ", ".join(words), "{" + ",".join(words) + "}", parse)


def switch() -> Kind[bool]:
    """True or false; as text also yes and no, 1 and 0."""

    def parse(value: object) -> bool:
        if isinstance(value, str):
            value = _SWITCH_WORDS.get(value.strip().lower())
        if not isinstance(value, bool):
            raise ValueError(value)
        return value

    return Kind("true or false", "{true,false}", parse, flag=True)


def path(expected: str = "a path", metavar: str = "FILE") -> Kind[Path]:
    """A path, made absolute from the working directory; a leading `~` is the home directory."""

    def parse(value: object) -> Path:
        if not isinstance(value, str) or not value or "\0" in value:
            raise ValueError(value)
        try:
            return Path(value).expanduser().absolute()
        except RuntimeError:  # `~stranger`: no such user
            raise ValueError(value) from None

    return Kind(expected, metavar, parse)


def url(*schemes: str) -> Kind[str]:
    """An absolute URL with a host and one of these schemes; the text is kept as it is."""

    def parse(value: object) -> str:
        if not isinstance(value, str) or not value.isprintable() or " " in value:
            raise ValueError(value)
        parts = urlsplit(value)
        # Reading .port checks it: it raises ValueError for one that is no port.
        if parts.scheme not in schemes or not parts.hostname or parts.port == 0:
            raise ValueError(value)
        return value

    return Kind("a URL that begins with " + " or ".join(f"{s}://" for s in schemes), "URL", parse)


def _range(least: float | None, most: float | None) -> str:
    if least is not None and most is not None:
        return f" from {least:{_form(least)}} to {most:{_form(most)}}"
    if least is not None:
        return f", at least {least:{_form(least)}}"
    return "" if most is None else f", at most {most:{_form(most)}}"


def _form(value: float) -> str:
    return "d" if isinstance(value, int) else "g"
