"""What the person, the log and the service manager are told about a running camera."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import trio

#: What the rates are the mean of. A camera that sends a preview now and then shows up as such.
WINDOW = 5.0  # seconds
#: Older than this matters to nobody; far more frames than any camera gives in a window.
MOST_FRAMES = 2000


@dataclass(frozen=True, slots=True)
class Stats:
    """How the camera is doing in this moment.

    Attributes:
        fps: pictures sent per second, mean of the last 5 s.
        demanded_fps: what the viewers want, 0 when nobody watches; None: the server does not say.
        bytes_per_second: of pictures, mean of the last 5 s.
        quality: of the JPEGs that are encoded here, 1 to 100.
        round_trip: seconds of the last ping and its answer on this connection; None: none yet.
        connected: a connection to the server stands, and its hello is sent.
        last_frame_age: seconds since the source gave a picture; None: it never did.
        encodes: pictures are encoded here; else they are passed on as they came.
    """

    fps: float
    demanded_fps: float | None
    bytes_per_second: float
    quality: int
    round_trip: float | None
    connected: bool
    last_frame_age: float | None
    encodes: bool = True


class Meter:
    """Counts what happens. All methods belong to the event loop's thread.

    Attributes:
        demanded_fps, quality, encodes: as in `Stats`; whoever decides them sets them.
    """

    def __init__(self, clock: Callable[[], float] = trio.current_time) -> None:
        self.demanded_fps: float | None = None
        self.quality = 0
        self.encodes = True
        self._clock = clock
        self._sent = deque[tuple[float, int]](maxlen=MOST_FRAMES)
        self._captured: float | None = None
        self._round_trip: float | None = None
        self._connected = False

    def connected(self) -> None:
        self._connected = True

    def disconnected(self) -> None:
        self._connected = False
        self._round_trip = None

    def frame_captured(self) -> None:
        """The source gave a picture."""
        self._captured = self._clock()

    def frame_sent(self, nbytes: int) -> None:
        """A picture of so many bytes has been handed to the network."""
        self._sent.append((self._clock(), nbytes))

    def pong(self, seconds: float) -> None:
        """A ping was answered after so long."""
        self._round_trip = seconds

    def snapshot(self) -> Stats:
        now = self._clock()
        while self._sent and now - self._sent[0][0] > WINDOW:
            self._sent.popleft()
        return Stats(
            fps=len(self._sent) / WINDOW,
            demanded_fps=self.demanded_fps,
            bytes_per_second=sum(nbytes for _, nbytes in self._sent) / WINDOW,
            quality=self.quality,
            round_trip=self._round_trip,
            connected=self._connected,
            last_frame_age=None if self._captured is None else now - self._captured,
            encodes=self.encodes,
        )
