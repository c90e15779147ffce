"""The fan-out: one camera's frames, written to all viewers of one kind.

Theory of operation. A stream could be a loop in each viewer's task: wait for a frame, send it. Then
most of the CPU goes into waking tasks and into what stands between a task and its socket, again
for every viewer and frame; it costs ten times what the kernel needs to copy the bytes. So here one
task per camera and kind takes each frame from the hub and writes the shared bytes to all viewers
that are ready, one system call each. A viewer whose socket does not take a frame whole is *behind*:
its own task sends the rest, and then, when the network is ready for more, the newest frame there
is. When it has caught up it is *ready* again.

A seat is ready exactly while its own task waits with nothing to send. Every step from one of these
states to another is made without a checkpoint, so nobody sees it half done.

Viewers that the fan-out may not write to by itself (HTTP/1.0) have a seat without a stream:
`parts` gives their bytes one after the other, and somebody else sends them.
"""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import suppress
from functools import partial
from math import inf

import trio

from camserve.net.stream import ConnectionStream
from camserve.relay import Delivered, Frame

from .encoding import Encoding
from .frame_source import FrameSource
from .news import News
from .seat import Rest, Seat
from .silence import Silence
from .status import Status


class Fanout:
    """Gives one source's frames, in one encoding, to many seats; what they got is counted."""

    def __init__(
        self,
        encoding: Encoding,
        clock: Callable[[], float] = trio.current_time,
        delivered: Delivered | None = None,
    ) -> None:
        self._encoding = encoding
        self._clock = clock
        self._delivered = delivered or Delivered()
        # Who waits for a frame: with a stream, to be written to, and without one, to be woken.
        self._ready: dict[Seat, None] = {}
        self._idle: dict[Seat, None] = {}
        # Who must not get a frame yet, by a limit of its own.
        self._resting: dict[Seat, None] = {}
        self._news = News(encoding)
        self._silence = Silence(self._repeat, interval=encoding.next_repeats, clock=clock)
        self._ended = False

    @property
    def ended(self) -> bool:
        """The source has no more frames."""
        return self._ended

    # -- the writing side ------------------------------------------------------------------

    async def run(self, frames: FrameSource) -> None:
        """Write frames as they come, until there are no more; then let every stream end."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._silence.watch)
            with suppress(trio.EndOfChannel):
                while True:
                    self._offer(await frames.receive())
                    self._silence.break_after(self._encoding.first_repeat)
            nursery.cancel_scope.cancel()
        self.end()

    def tell(self, status: Status) -> None:
        """Tell the viewers, if this kind of stream does, what has become of the camera."""
        if self._encoding.status is None or status == self._news.status:
            return
        self._news.status = status
        data = self._encoding.status(status)
        for seat in tuple(self._ready):
            if self._write(seat, data):
                seat.status_seen = status
        self._wake((*self._idle, *self._resting))  # limits are for frames

    def end(self) -> None:
        """Let every stream end after what it is sending now."""
        self._ended = True
        self._wake((*self._ready, *self._idle, *self._resting))

    def _offer(self, frame: Frame) -> None:
        self._news.latest = frame
        if self._ready and (takers := self._write_frame(frame)):
            self._delivered.took(self._clock() - frame.arrived, takers)
        self._wake(self._idle)

    def _repeat(self) -> None:
        """Send something although nothing is new; who is behind has something coming anyway."""
        filler, latest = self._encoding.filler, self._news.latest
        if filler is not None:
            for seat in tuple(self._ready):
                seat.repeat = not self._write(seat, filler)
        elif latest is not None:
            self._write_frame(latest)
        waiting = (*self._idle, *self._resting)
        for seat in waiting:
            seat.repeat = not self._news.has_newer(seat)
        self._wake(waiting)

    def _write_frame(self, frame: Frame) -> int:
        """Write a frame to all that are ready; returns how many took it whole."""
        data, now = frame.shared(self._encoding.frame), self._clock()
        size, ready = len(data), tuple(self._ready)
        left = behind = 0
        for seat in ready:
            # Here the server spends its time: a call more is felt with hundreds of viewers.
            sent = seat.send_nowait(data)
            if sent != size:
                left, behind = left + size - sent, behind + 1
                self._settle(seat, data, sent, frame, now)
            elif seat.is_plain:
                seat.viewer.got(frame, now)
            elif not seat.took_whole(frame, now):
                self._excuse(seat)
        self._delivered.bytes += size * len(ready) - left
        return len(ready) - behind

    def _write(self, seat: Seat, data: bytes) -> bool:
        """Write something that is no frame to a seat that is ready.

        Returns whether the network has taken all of it, or will have before anything else.
        """
        sent = seat.send_nowait(data)
        self._delivered.bytes += sent
        self._settle(seat, data, sent, None, 0)
        return sent > 0

    def _settle(self, seat: Seat, data: bytes, sent: int, frame: Frame | None, now: float) -> None:
        """After a write to a seat: it is still ready, done for now, or behind."""
        if sent and frame is not None:
            seat.begun(frame)
        if sent == len(data):
            if frame is not None:
                seat.took(frame, now)
            if seat.wants_every_frame:
                return
        elif sent:
            seat.rest = Rest(memoryview(data)[sent:], frame)
        elif frame is not None and seat.has(frame):
            seat.repeat = True  # this was the repeat; its own task sends it, or meets the error
        self._excuse(seat)

    def _excuse(self, seat: Seat) -> None:  # its own task sees to it
        del self._ready[seat]
        seat.wake()

    def _wake(self, seats: Iterable[Seat]) -> None:
        for seat in seats:
            seat.wake()

    # -- a viewer's side -------------------------------------------------------------------

    async def serve(self, seat: Seat, stream: ConnectionStream) -> None:
        """Send a stream to its end, on a connection that is ours as long as this runs.

        Cancelled in the middle of a frame, the connection is cut.

        Raises:
            trio.BrokenResourceError: the viewer is gone, or took nothing for too long.
            trio.ClosedResourceError: the connection was closed here.
        """
        seat.sit(stream)
        self._expect_repeat()
        try:
            while True:
                await self._wait_turn(seat)
                if seat.rest is not None:
                    self._delivered.bytes += len(seat.rest.data)
                    await stream.send_rest(seat.rest.data)
                    is_new = seat.sent_rest(self._clock())
                elif self._is_over(seat):
                    break
                else:
                    await stream.send_latest(partial(self._choose, seat))
                    is_new = seat.sent(self._clock())
                if is_new:
                    self._one_took(seat)
            if self._encoding.closing:
                await stream.send_all(self._encoding.closing)
        finally:
            if seat.sending or seat.rest is not None:
                stream.abort()

    async def parts(self, seat: Seat) -> AsyncGenerator[bytes, None]:
        """The same stream piece by piece, for someone else to send."""
        self._expect_repeat()
        while True:
            await self._wait_turn(seat)
            if self._is_over(seat):
                break
            yield self._choose(seat)
            if seat.sent(self._clock()):
                self._one_took(seat)
        if self._encoding.closing:
            yield self._encoding.closing

    def _one_took(self, seat: Seat) -> None:
        """The task of this viewer has sent a new frame."""
        self._delivered.took(seat.viewer.age or 0.0)
        self._expect_repeat()

    def _expect_repeat(self) -> None:
        # Who comes or catches up in a silence needs the repeat that shows the part before it.
        self._silence.break_within(self._encoding.first_repeat)

    async def _wait_turn(self, seat: Seat) -> None:
        """Wait until there is something to send to this seat, or the stream has ended."""
        while not self._is_over(seat) and seat.rest is None:
            now = self._clock()
            if self._news.is_for(seat, now):
                return
            thinner = seat.thinner
            if seat.is_waiting_for_acknowledgement:
                await self._wait_in(self._resting, seat)
            elif thinner is not None and now < thinner.opens_at:
                quiet_until = seat.given_at + self._encoding.next_repeats
                await self._wait_in(self._resting, seat, min(thinner.opens_at, quiet_until))
                # The camera may be busy; it is this viewer who hears nothing.
                seat.repeat |= self._clock() >= quiet_until
            else:
                newer = thinner is not None and self._news.has_newer(seat)
                deadline = thinner.closes_at if thinner is not None and newer else inf
                group = self._idle if seat.stream is None else self._ready
                await self._wait_in(group, seat, deadline)

    async def _wait_in(self, group: dict[Seat, None], seat: Seat, deadline: float = inf) -> None:
        # No checkpoint since it was seen that nothing is there for this seat.
        group[seat] = None
        try:
            await seat.wait_woken(deadline)
        finally:
            group.pop(seat, None)

    def _is_over(self, seat: Seat) -> bool:
        return self._ended or seat.leaving

    def _choose(self, seat: Seat) -> bytes:
        data = b"" if self._ended else self._news.choose(seat, self._clock())
        self._delivered.bytes += len(data)
        return data
