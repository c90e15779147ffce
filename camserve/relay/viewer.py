"""One viewer in the books: what it asked for and what it got."""

from dataclasses import dataclass

from .frame import Frame


@dataclass(slots=True, eq=False)
class Viewer:
    """Counts for one running stream.

    kind: how it watches, e.g. `mjpeg`
    fps: most frames per second that it asked for; None: every frame
    width: pixels that it asked for; None: as they come
    sent: frames given to the network, repeats not counted
    dropped: frames that newer ones replaced before this viewer was ready for them
    age: how old the last frame was when the network had taken it, seconds
    """

    kind: str
    fps: float | None = None
    width: int | None = None
    sent: int = 0
    dropped: int = 0
    age: float | None = None
    sequence: int | None = None

    def got(self, frame: Frame, now: float) -> bool:
        """The network has taken `frame`, at the monotonic time `now`; False: once more."""
        sequence, previous = frame.sequence, self.sequence
        if previous is not None:
            if previous >= sequence:
                return False
            self.dropped += sequence - previous - 1
        self.sent += 1
        self.sequence = sequence
        self.age = now - frame.arrived
        return True
