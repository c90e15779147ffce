"""Whether the server lives, and how long pictures take to get there: pings and their answers."""

from typing import NoReturn

import trio
from trio_websocket import WebSocketConnection

from camclient.failures import ConnectionLostError
from camclient.link import INSTANT, Mark
from camclient.rate import Rate
from camclient.stream import WatchedStream

#: When nothing came back for this long the server is gone, and its answers to pings are lost.
SILENCE = 4.0  # seconds
PING_INTERVAL = 2.0  # seconds, when no picture is followed by one
#: How often we look whether TCP gets on, while an answer is late.
LOOK_INTERVAL = 0.5  # seconds


class Pulse:
    """The pings of one connection.

    Args:
        nursery: of the connection; it ends when the server is found dead.
        agreed: the server knows our subprotocol.
    """

    def __init__(
        self,
        nursery: trio.Nursery,
        stream: WatchedStream,
        socket: WebSocketConnection,
        rate: Rate,
        *,
        agreed: bool,
    ) -> None:
        self._nursery = nursery
        self._stream = stream
        self._socket = socket
        self._rate = rate
        self._link = rate.link
        self._answered = trio.Event()
        self._pinged = trio.current_time()
        # A server on trio-websocket 0.12 that has just refused us, and closes, dies of a ping that
        # crosses its close frame. Who knows our subprotocol is known to live on.
        self._allowed_at = self._pinged + (0.0 if agreed else PING_INTERVAL)

    @property
    def may_ping(self) -> bool:
        return trio.current_time() >= self._allowed_at

    async def ping(self, *, measures: bool = False) -> None:
        """Send a ping behind what was sent so far, and before anything that is sent next.

        The link learns from its answer, which comes later; see `Link.mark`.
        """
        self._pinged = trio.current_time()
        mark = self._link.mark(self._stream.unacknowledged, measures=measures)
        self._nursery.start_soon(self._ping, mark)
        # After the first of these it was our turn, but perhaps not yet that of the new task; after
        # the second it stands in the line for the socket's lock, which is first come, first served.
        await trio.lowlevel.checkpoint()
        await trio.lowlevel.checkpoint()

    async def wait_answer(self, seconds: float) -> None:
        """Wait until the next ping is answered, but no longer than this."""
        with trio.move_on_after(seconds):
            await self._answered.wait()

    async def watch(self) -> NoReturn:
        """Ping now and then, and notice a server that is gone without a word.

        On a slow link a picture may take long, and answers wait behind it. As long as TCP has bytes
        of it acknowledged the server lives.

        Raises:
            ConnectionLostError: nothing came back for some seconds.
        """
        stream, link = self._stream, self._link
        alive, arrived = trio.current_time(), stream.arrived
        while True:
            # An idle camera wakes up for its pings, and not more often.
            waiting = link.waits_for_answer
            before = trio.current_time()
            pause = LOOK_INTERVAL
            if not waiting:
                pause = max(INSTANT, self._pinged + PING_INTERVAL - before)
            await trio.sleep(pause)
            now = trio.current_time()
            if now - before > pause + LOOK_INTERVAL:
                alive += now - before  # it was us who slept: what came meanwhile is not read yet
            alive = max(alive, stream.received_at)
            if arrived != (arrived := stream.arrived):
                alive = max(alive, before)  # then or later
            if now - alive >= SILENCE:
                raise ConnectionLostError(f"no sign of life from the server for {SILENCE:g} s")
            if now - self._pinged >= PING_INTERVAL and not link.waits_for_answer:
                await self.ping()

    async def _ping(self, mark: Mark) -> None:
        await self._socket.ping()
        self._rate.meter.pong(self._link.answer(mark))
        self._rate.learn()
        self._answered.set()
        self._answered = trio.Event()
