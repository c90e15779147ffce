"""What there is to send to the viewers of a fan-out, and what of it a seat gets next."""

from camserve.relay import Frame

from .encoding import Encoding
from .seat import Seat
from .status import Status


class News:
    """What a fan-out has to tell.

    latest: the newest frame; None: there was none yet
    status: the newest status of the camera; None: this kind of stream has none, or none yet
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self.latest: Frame | None = None
        self.status: Status | None = None

    def is_for(self, seat: Seat, now: float) -> bool:
        """Whether there is something to send to this seat now."""
        if seat.leaving:
            return False
        return self._has_status_for(seat) or seat.repeat or self._has_frame_for(seat, now)

    def choose(self, seat: Seat, now: float) -> bytes:
        """What to send to this seat, which then begins; empty: nothing after all.

        Who waits for its turn on a connection may have left, or been told by then.
        """
        data = self._choose(seat, now) if self.is_for(seat, now) else b""
        seat.sending = bool(data)
        return data

    def has_newer(self, seat: Seat) -> bool:
        """Whether there is a frame that this seat has not got, though perhaps must not get yet."""
        return self.latest is not None and not seat.has(self.latest)

    def _has_frame_for(self, seat: Seat, now: float) -> bool:
        latest = self.latest
        return latest is not None and not seat.has(latest) and seat.may_take(latest, now)

    def _has_status_for(self, seat: Seat) -> bool:
        return self.status is not None and seat.status_seen != self.status

    def _choose(self, seat: Seat, now: float) -> bytes:
        encoding, status = self._encoding, self.status
        if encoding.status is not None and status is not None and seat.status_seen != status:
            seat.status_seen = status
            return encoding.status(status)
        seat.repeat = False
        if self._has_frame_for(seat, now):
            frame = self.latest
        elif encoding.filler is not None:
            return encoding.filler
        else:
            # A thinned viewer must not get the latest before its time.
            frame = seat.shown or self.latest
        if frame is None:
            return b""
        seat.begin(frame)
        return frame.shared(encoding.frame)
