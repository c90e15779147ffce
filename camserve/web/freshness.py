"""Is the latest frame what a snapshot asked for? Decided here, without waiting for anything."""

from dataclasses import dataclass
from enum import Enum

from camserve.relay import Frame, State

DEFAULT_WAIT = 5.0  # seconds


class Decision(Enum):
    """What to do about a snapshot now."""

    SHOW = "show the latest frame"
    WAIT = "wait for another frame"
    OFFLINE = "the camera is offline"
    NEVER_SEEN = "the camera has never sent a frame"


@dataclass(frozen=True, slots=True)
class Freshness:
    """What a snapshot's query asks for.

    max_age: most seconds since the frame arrived, unless it arrived after the question; None: any
    after: the sequence number that whoever asks has already; None: none
    wait: longest wait in seconds; None: not given
    """

    max_age: float | None = None
    after: int | None = None
    wait: float | None = None

    @property
    def longest_wait(self) -> float:
        return DEFAULT_WAIT if self.wait is None else self.wait

    @property
    def is_patient(self) -> bool:
        """Whether the query speaks of waiting: then it also waits for a camera's first frame."""
        return not (self.max_age is self.after is self.wait is None)


class Question:
    """One request for a snapshot, from its arrival to its answer.

    latest: the camera's latest frame when the request came
    """

    def __init__(self, wanted: Freshness, latest: Frame | None) -> None:
        self._wanted = wanted
        self._known = -1 if latest is None else latest.sequence
        self._unusable: int | None = None

    def refuse(self, frame: Frame) -> None:
        """This frame cannot be shown after all."""
        self._unusable = frame.sequence

    def accepts(self, frame: Frame, age: float) -> bool:
        """Whether this frame, the latest or one that was, is what the query asks for.

        age: seconds since it arrived
        """
        wanted = self._wanted
        if frame.sequence == self._unusable:
            return False
        # Only the very number waits: one above the latest comes from another life of the server,
        # and waiting for the numbers to reach it could take for ever.
        if frame.sequence == wanted.after:
            return False
        # What arrived since the question is as new as it can be, also for `max_age=0`.
        is_newer = frame.sequence > self._known
        return wanted.max_age is None or age <= wanted.max_age or is_newer

    def decide(self, latest: Frame | None, age: float, state: State) -> Decision:
        """What to do now.

        latest, state: the camera's
        age: seconds since `latest` arrived
        """
        if state is State.OFFLINE:
            return Decision.OFFLINE
        if latest is None:
            return Decision.WAIT if self._wanted.is_patient else Decision.NEVER_SEEN
        return Decision.SHOW if self.accepts(latest, age) else Decision.WAIT
