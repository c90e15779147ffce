"""One viewer's place at a fan-out."""

from collections.abc import Callable
from dataclasses import dataclass, field

import trio

from camserve.net.stream import ConnectionStream
from camserve.relay import Frame, Viewer

from .status import Status
from .thinning import Thinner
from .window import Window


@dataclass(frozen=True, slots=True)
class Rest:
    """What is left of something that the network took only in part.

    frame: what it is a part of; None: no frame
    """

    data: memoryview
    frame: Frame | None


@dataclass(slots=True, eq=False)
class Seat:
    """What a fan-out knows of one viewer.

    stream: where the fan-out may write by itself; None: the viewer's task sends everything
    send_nowait: gives that stream what it takes at once; returns how many bytes that were
    is_plain: it wants every frame, whatever happens
    window: the frames that it has not acknowledged; None: it acknowledges none
    sending: the viewer's task is in the middle of a send
    chosen: the frame that it is sending
    shown: the frame that a thinned viewer got last
    given_at: when a thinned viewer was given something, monotonic seconds
    repeat: something is to be sent although nothing is new
    leaving: the stream is to end for this viewer
    """

    viewer: Viewer
    thinner: Thinner | None = None
    window: Window | None = None
    stream: ConnectionStream | None = None
    rest: Rest | None = None
    sending: bool = False
    chosen: Frame | None = None
    shown: Frame | None = None
    given_at: float = float("-inf")
    status_seen: Status | None = None
    repeat: bool = False
    leaving: bool = False
    send_nowait: Callable[[bytes], int] = field(init=False)
    is_plain: bool = field(init=False)
    _woken: trio.Event = field(default_factory=trio.Event)

    def __post_init__(self) -> None:
        # Asked for every frame and viewer, so it is known beforehand.
        self.is_plain = self.thinner is None and self.window is None

    def sit(self, stream: ConnectionStream) -> None:
        """From now on the fan-out may write to this connection."""
        self.stream = stream
        if not self.leaving:
            self.send_nowait = stream.send_nowait

    @property
    def wants_every_frame(self) -> bool:
        """Whether it can have the next frame as well, whenever that comes."""
        return self.is_plain or (self.thinner is None and not self.is_waiting_for_acknowledgement)

    @property
    def is_waiting_for_acknowledgement(self) -> bool:
        return self.window is not None and self.window.is_full

    def wake(self) -> None:
        self._woken.set()

    async def wait_woken(self, deadline: float = float("inf")) -> None:
        """Wait until someone wakes the viewer's task, or until `deadline`."""
        with trio.move_on_at(deadline):
            await self._woken.wait()
        self._woken = trio.Event()

    def has(self, frame: Frame) -> bool:
        """Whether the viewer got this frame, or a newer one."""
        return self.viewer.sequence is not None and self.viewer.sequence >= frame.sequence

    def may_take(self, frame: Frame, now: float) -> bool:
        """Whether it may get this newest frame now, as far as its own limits go."""
        if self.is_waiting_for_acknowledgement:
            return False
        if self.thinner is None:
            return True
        on_time = frame.arrived >= self.thinner.opens_at and now >= self.thinner.opens_at
        return on_time or now >= self.thinner.closes_at

    def begin(self, frame: Frame) -> None:
        """The viewer's task sends this frame from now on."""
        self.chosen = frame
        self.begun(frame)

    def begun(self, frame: Frame) -> None:
        """The first bytes of this frame are on their way, so it may be acknowledged."""
        if self.window is not None:
            self.window.sent(frame.sequence)

    def took_whole(self, frame: Frame, now: float) -> bool:
        """The network has taken all of this frame at once; whether the next may follow."""
        if self.window is not None and self.thinner is None:
            self.viewer.got(frame, now)
            return self.window.sent(frame.sequence)
        self.begun(frame)
        self.took(frame, now)
        return self.wants_every_frame

    def took(self, frame: Frame, now: float) -> bool:
        """The network has taken all of this frame, at the monotonic time `now`; False: again."""
        if self.thinner is not None:
            self.given_at = now
        if not self.viewer.got(frame, now):
            return False
        if self.thinner is not None:
            self.thinner.took(now)
            self.shown = frame
        return True

    def sent(self, now: float) -> bool:
        """What the viewer's task was sending has left; returns whether it was a new frame."""
        self.sending = False
        self.given_at = now
        frame, self.chosen = self.chosen, None
        return frame is not None and self.took(frame, now)

    def sent_rest(self, now: float) -> bool:
        """The rest has left; returns whether it was one of a new frame."""
        rest, self.rest = self.rest, None
        return rest is not None and rest.frame is not None and self.took(rest.frame, now)

    def leave(self) -> None:
        """End this viewer's stream after what it is sending now."""
        self.leaving = True
        self.send_nowait = _take_nothing
        self.wake()

    def acknowledge(self, sequence: int) -> None:
        """The viewer has shown this frame, and so it is done with all before it."""
        if self.window is not None:
            was_waiting = self.window.is_full
            self.window.acknowledge(sequence)
            if was_waiting:
                self.wake()


def _take_nothing(_: bytes) -> int:
    return 0
