"""What a check found: one line for a person, and below it what to do."""

from dataclasses import dataclass
from enum import Enum

from camserve.logs import one_line

SUBJECT_AT, TEXT_AT = 6, 16  # columns


class Verdict(Enum):
    """The word that the line begins with.

    OK: as it should be. WARN: it works, less well than it could. FAIL: it does not work.
    SKIP: could not be tried, or does not matter here.
    """

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's result.

    Attributes:
        subject: what was looked at, one word.
        text: what was found, one line.
        hints: what to do, or more to know; a line each, commands as they can be typed.
    """

    verdict: Verdict
    subject: str
    text: str
    hints: tuple[str, ...] = ()

    @property
    def is_well(self) -> bool:
        """Whether there is nothing to be done about it."""
        return self.verdict in {Verdict.OK, Verdict.SKIP}

    def __str__(self) -> str:
        head = f"{self.verdict.value:<{SUBJECT_AT}}{self.subject:<{TEXT_AT - SUBJECT_AT}}"
        lines = [head + one_line(self.text), *(" " * TEXT_AT + one_line(h) for h in self.hints)]
        return "\n".join(lines)


def ok(subject: str, text: str, *hints: str) -> Finding:
    return Finding(Verdict.OK, subject, text, hints)


def warn(subject: str, text: str, *hints: str) -> Finding:
    return Finding(Verdict.WARN, subject, text, hints)


def fail(subject: str, text: str, *hints: str) -> Finding:
    return Finding(Verdict.FAIL, subject, text, hints)


def skip(subject: str, text: str, *hints: str) -> Finding:
    return Finding(Verdict.SKIP, subject, text, hints)
