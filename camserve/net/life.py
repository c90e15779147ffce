"""What one connection did from its first byte to its last, for one line in the log."""

import logging
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

import trio

from camserve.logs import FACTS

log = logging.getLogger(__name__)

LEFT = "the other side left"
CLOSED = "the server closed it"
STALLED = "the other side took no data for too long"
GAVE_WAY = "it gave way to a newcomer"
FULL = "the server was full"
STOPPING = "the server is stopping"
FAILED = "an error in the server"

STRANGER = "stranger"
MOST_CAMERAS = 100  # that are named; a wall may show all there are

#: tcpi_state, tcpi_bytes_received, tcpi_bytes_sent and tcpi_bytes_retrans of struct tcp_info in
#: Linux' include/uapi/linux/tcp.h; new fields are only ever added at its end.
_TCP_INFO = struct.Struct("=B127xQ64xQQ")
#: TCP_CLOSE, TCP_CLOSE_WAIT and TCP_LAST_ACK: the other side has ended it before us.
_ENDED_BY_PEER = {7, 8, 9}
_HAVE_READ_END = {8, 9}


class Life:
    """Facts about one connection, put down by whoever knows them; nothing is counted per frame.

    role: what its sender has proved to be: `stranger`, `viewer`, `admin` or `publisher`
    client: IP address of who sent the last request, if a reverse proxy passed it on; else empty
    requests: HTTP requests and WebSocket handshakes
    frames: given to the network as a viewer's, or taken as a publisher's
    dropped: replaced by newer ones before the viewer was ready, or not taken of the publisher
    bytes_in, bytes_out: as the kernel counted them, TLS included; None: it does not
    """

    __slots__ = (
        "_began",
        "_cameras",
        "_clock",
        "_kinds",
        "_noticed",
        "_reason",
        "bytes_in",
        "bytes_out",
        "client",
        "dropped",
        "frames",
        "peer",
        "requests",
        "role",
    )

    def __init__(self, peer: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.peer = peer
        self.client = ""
        self.role = STRANGER
        self.requests = 0
        self.frames = 0
        self.dropped = 0
        self.bytes_in: int | None = None
        self.bytes_out: int | None = None
        self._reason: str | None = None
        self._noticed = CLOSED
        self._kinds: dict[str, None] = {}
        self._cameras: dict[int, None] = {}
        self._clock = clock
        self._began = clock()

    def met(self, role: str, address: str) -> None:
        """The sender of a request is known; through a proxy there may be several."""
        self.role = role
        if address != self.peer.rpartition(":")[0].strip("[]"):
            self.client = address

    def showed(self, kind: str, camera_id: int, frames: int, dropped: int) -> None:
        """Frames of this camera went over it, or were to; kind: of stream, e.g. `mjpeg`."""
        self._kinds[kind] = None
        if len(self._cameras) < MOST_CAMERAS:
            self._cameras[camera_id] = None
        self.frames += frames
        self.dropped += dropped

    @property
    def ending(self) -> str:
        """Why it ended: the first reason that was given, else what the kernel knows."""
        return self._reason or self._noticed

    def end(self, reason: str) -> None:
        """It ends for this reason, unless another one was given before."""
        self._reason = self._reason or reason

    def closing(self, connection: trio.socket.SocketType) -> None:
        """Ask the kernel what it knows, before the socket is closed; safe to repeat."""
        with suppress(OSError, struct.error, AttributeError):
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
            state, received, sent, again = _TCP_INFO.unpack_from(info)
            # The end of a stream counts as a byte of it (RFC 9293, section 3.4).
            self.bytes_in = received - (state in _HAVE_READ_END)
            self.bytes_out = sent - again
            self._noticed = LEFT if state in _ENDED_BY_PEER else CLOSED

    def write(self) -> None:
        """Write the line. Who asked for single answers only is of interest to nobody but debuggers.

        A page makes six connections of that kind when it is loaded, a home automation one each
        second; lines for them would wear out the SD card and hide the others.
        """
        level = logging.INFO if self._kinds else logging.DEBUG
        if log.isEnabledFor(level):
            seconds = self._clock() - self._began
            log.log(
                level,
                "connection of %s ended after %.1f s: %s",
                self.peer,
                seconds,
                self._summary(),
                extra={FACTS: self._facts(seconds)},
            )

    def _facts(self, seconds: float) -> dict[str, object]:
        return {
            "event": "connection",
            "peer": self.peer,
            "client": self.client or None,
            "role": self.role,
            "seconds": round(seconds, 3),
            "requests": self.requests,
            "kinds": list(self._kinds),
            "cameras": list(self._cameras),
            "frames": self.frames,
            "dropped": self.dropped,
            "bytes_in": self.bytes_in,
            "bytes_out": self.bytes_out,
            "ending": self.ending,
        }

    def _summary(self) -> str:
        parts = [f"{self.role} at {self.client}" if self.client else self.role]
        if self.requests:
            parts.append(f"{self.requests} request{'s' if self.requests > 1 else ''}")
        if self._kinds:
            cameras = ", ".join(map(str, self._cameras))
            word = "camera" if len(self._cameras) == 1 else "cameras"
            parts.append(f"{' and '.join(self._kinds)} of {word} {cameras}")
            frames = "1 frame" if self.frames == 1 else f"{self.frames} frames"
            parts.append(f"{frames}, {self.dropped} dropped")
        if self.bytes_in is not None and self.bytes_out is not None:
            parts.append(f"{self.bytes_in} bytes in, {self.bytes_out} out")
        return f"{'; '.join(parts)}: {self.ending}"
