"""How many pictures are sent, how large and how good: what is asked for, and what the link drains.

On a link that is too narrow there are first fewer pictures, down to `min_fps`, then worse ones,
down to `min_quality`. On the way back it is the other way round.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf

import trio

from camclient.link import Link
from camclient.meter import Meter

DEFAULT_QUALITY = 80  # JPEG: above it files grow fast and nobody sees why
#: The share of the link that pictures may take. What is left keeps queues short, and is the reason
#: why the link can be seen to be idle now and then.
SHARE = 0.85
#: A camera gives no more; a limit above it is none.
MOST_FPS = 240.0
#: A change of the link's rate below this is noise.
NOISE = 0.1
#: On the way up: not more than this at a time, and not more often.
RAISE, RAISE_INTERVAL = 1.5, 0.4  # factor, seconds
#: Better pictures cost fps: only from here on, or they would soon be worse again.
ROOM_FOR_QUALITY = 1.5  # x min_fps
QUALITY_STEP = 5


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the settings say.

    Attributes:
        fps: the most; None: what the source gives.
        quality: of JPEGs that are encoded here, 1 to 100, at best.
        min_fps, min_quality: the least on a bad link.
        preview_interval: seconds between two pictures while nobody watches.
    """

    fps: float | None = None
    quality: int = DEFAULT_QUALITY
    min_fps: float = 1.0
    min_quality: int = 40
    preview_interval: float = 5.0


class Rate:
    """Decides; belongs to the event loop's thread.

    Attributes:
        quality: for the next picture, 1 to 100.
        width: the most pixels that anybody wants, 0 for all.
        link: what is known of the connection.
    """

    def __init__(
        self,
        bounds: Bounds | None = None,
        meter: Meter | None = None,
        clock: Callable[[], float] = trio.current_time,
    ) -> None:
        self.bounds = bounds or Bounds()
        self.meter = meter or Meter(clock)
        self.quality = self.meter.quality = self.bounds.quality
        self.width = 0
        self.link = Link(0.0, clock)
        self._clock = clock
        self._connected = False
        self._sent = False  # a picture, on this connection
        self._demand: float | None = None  # fps; None: the server does not say
        self._link_fps = inf
        self._hurry = False
        self._previewed = False  # the link was measured while nobody watched
        self._raised = -inf
        self._told: float | None = None
        self._call: Callable[[], None] | None = None

    @property
    def fps(self) -> float | None:
        """The most pictures per second that are of any use now; None: as many as there are.

        While there is no connection this is a preview: the camera stays at hand, and is not busy.
        """
        fps = self._wanted if self._hurry else min(self._wanted, self._link_fps)
        return fps if fps < MOST_FPS else None

    @property
    def encodes(self) -> bool:
        """Pictures are encoded here, so that a lower quality makes them smaller."""
        return self.meter.encodes

    @encodes.setter
    def encodes(self, encodes: bool) -> None:
        self.meter.encodes = encodes

    @property
    def interval(self) -> float:
        """Seconds from one picture to the next where the link is too narrow for all; else 0."""
        return 1 / self._link_fps if self._link_fps < self._wanted else 0.0

    def hurry(self, hurry: bool) -> None:
        """The next picture is wanted at once, in whatever rhythm the link is: else it waits."""
        self._hurry = hurry
        self._tell()

    def on_change(self, call: Callable[[], None] | None) -> None:
        """Call this whenever `fps` changed; None: nothing any more."""
        self._call = call
        self._told = self.fps

    def begin(self, round_trip: float) -> None:
        """A connection stands; nobody has said yet what viewers want.

        round_trip: seconds, a first guess.
        """
        self.link = Link(round_trip, self._clock)
        self._link_fps = inf
        self._connected, self._sent, self._hurry = True, False, False
        self.meter.connected()
        self._set_demand(None, 0)

    def end(self) -> None:
        """The connection is gone."""
        self._connected = False
        self.meter.disconnected()
        self._set_demand(None, 0)

    def picture_sent(self) -> None:
        """The first one comes at once, also where a preview is enough and not due for a while."""
        if not self._sent:
            self._sent = True
            self._tell()

    def demanded(self, fps: float, width: int) -> None:
        """The server says what the viewers want, as in `camserve.wire.DemandReceived`."""
        self._set_demand(fps, width)

    def learn(self) -> None:
        """The link knows more: adapt to it."""
        cost, size = self.link.seconds_per_byte, self.link.frame_bytes
        if cost is None or size is None:
            return
        drains = _drains(cost, size)
        least = min(self.bounds.min_fps, self._wanted)
        if self.encodes:
            self._adapt_quality(drains / least)
        if self._demand == 0:
            # Previews are so rare that a single slow one may have been a hiccup. Whoever comes
            # next must not pay for it: he gets what the faster one of two has shown.
            self._previewed = True
            best = self.link.best_seconds_per_byte
            if best is not None:
                self._link_fps = max(_drains(best, size), least)
        else:
            self._adapt_fps(max(drains, least))
        self._tell()

    @property
    def _wanted(self) -> float:
        most = self.bounds.fps or inf
        preview = min(most, 1 / self.bounds.preview_interval)
        if not self._connected or (self._demand == 0 and self._sent):
            return preview
        # Previews show that the camera lives: who wants fewer pictures does not stop them.
        return min(most, max(preview, self._demand or inf))

    def _adapt_quality(self, room: float) -> None:
        """room: how often the least number of pictures would pass."""
        best, worst = self.bounds.quality, min(self.bounds.min_quality, self.bounds.quality)
        step = 0
        if room < 1 - NOISE:
            # A JPEG of half the quality has some half of the bytes.
            step = -max(QUALITY_STEP, round(self.quality * (1 - max(room, 0.5))))
        elif room > ROOM_FOR_QUALITY:
            step = QUALITY_STEP
        quality = max(worst, min(best, self.quality + step))
        if quality != self.quality:
            self.quality = self.meter.quality = quality
            self.link.forget_sizes()

    def _adapt_fps(self, fps: float) -> None:
        if fps < self._link_fps * (1 - NOISE):
            self._link_fps = fps
        elif fps > self._link_fps * (1 + NOISE):
            now = self._clock()
            if now - self._raised >= RAISE_INTERVAL:
                self._link_fps = min(fps, self._link_fps * RAISE)
                self._raised = now

    def _set_demand(self, fps: float | None, width: int) -> None:
        if self._previewed and fps != 0:
            # Else the next picture would count together with a preview that was slow.
            self.link.forget_hiccups()
            self._previewed = False
        self._demand = self.meter.demanded_fps = fps
        self.width = width
        self._tell()

    def _tell(self) -> None:
        if self._call is not None and self.fps != self._told:
            self._told = self.fps
            self._call()


def _drains(seconds_per_byte: float, nbytes: float) -> float:
    """Pictures of this size per second."""
    return SHARE / (seconds_per_byte * nbytes) if seconds_per_byte else inf
