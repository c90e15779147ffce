"""Who gets one of the server's connections, and who gives way when they are all taken.

Theory of operation. A connection is a stranger's until its sender has shown that it may be here:
`ConnectionStream.authenticated` is called then. Strangers have few places. When these are full a
newcomer still gets in, and a stranger gives way: of the address that holds most of the places, the
one that has waited longest. So somebody who opens connections and leaves them idle, or sends a
request byte by byte, mostly gives way to himself, while whoever belongs here proves it within
milliseconds. A connection that has been authenticated never gives way. When the whole server is
full of those, a newcomer is told so: 503, by `refuse`.
"""

import ipaddress
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType

import trio

from camserve.refusals import RefusalLog

from .life import FULL, GAVE_WAY
from .open_files import room_for_connections
from .peer import Address, ip_of_peer
from .plain_answer import plain_answer, send_plain_answer
from .stream import ConnectionStream, do_nothing

log = logging.getLogger(__name__)

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
#: Connections from there count together. None: nobody knows from where.
_Group = Address | Network | None

RETRY_AFTER = 5  # seconds
REFUSAL_TIMEOUT = 1.0  # seconds that one who is refused has to take the answer
#: So many are refused with words at a time. The others are just dropped: they cost files, too.
MAX_REFUSALS = 32
_REFUSAL = plain_answer(503, f"Retry-After: {RETRY_AFTER}")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections there may be at a time.

    unauthenticated: strangers' among them
    per_address: strangers' from one IPv4 address or one IPv6 network of 64 bits
    exempt: networks to which per_address does not apply; never to this machine itself
    """

    connections: int = 4096
    unauthenticated: int = 512
    per_address: int = 64
    exempt: Sequence[Network] = ()


class Place:
    """The place of one connection, held while the `with` block of it runs.

    When it has to give way, the connection is closed and the block cancelled.
    """

    def __init__(
        self, admission: "Admission", stream: ConnectionStream, group: _Group, number: int
    ) -> None:
        self._admission = admission
        self._stream = stream
        self._scope = trio.CancelScope()
        self.group = group
        self.number = number  # the lower, the longer it is held

    def __enter__(self) -> None:
        self._scope.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        self._stream.authenticated = do_nothing
        self._admission.leave(self)
        return self._scope.__exit__(kind, error, trace)

    def authenticate(self) -> None:
        """The sender has shown that it may be here: this place is kept."""
        self._admission.authenticate(self)

    @property
    def peer(self) -> str:
        return self._stream.peer

    def give_way(self) -> None:
        """End the connection; its file is free when this returns."""
        self._scope.cancel()
        self._stream.life.end(GAVE_WAY)
        self._stream.close()


class Admission:
    """The connections of the whole server, however many ports it listens on. See above.

    Counters since the start: admitted; refused, since the server was full; gave_way, as strangers'
    places were full, and gave_way_address, as those of one address were.
    """

    def __init__(self, limits: Limits | None = None, *, refusals: RefusalLog | None = None) -> None:
        self._refusals = refusals or RefusalLog()
        self._places: set[Place] = set()
        # Strangers' places by where they are from, those that wait longest first.
        self._waiting: dict[_Group, dict[Place, None]] = {}
        self._waiting_in_all = 0
        self._being_refused = 0
        self.admitted = 0
        self.refused = 0
        self.gave_way = 0
        self.gave_way_address = 0
        self.configure(limits or Limits())

    def configure(self, limits: Limits) -> None:
        """Set other limits. Nobody has to leave because of them before somebody else comes."""
        self._limits = limits
        self._most = room_for_connections(limits.connections)
        if self._most < limits.connections:
            log.warning(
                "the system lets this server have %d connections at a time, fewer than"
                " max_connections (%d): raise its limit of open files",
                self._most,
                limits.connections,
            )

    @property
    def connections(self) -> int:
        return len(self._places)

    @property
    def unauthenticated(self) -> int:
        """Strangers' connections among them."""
        return self._waiting_in_all

    def place(self, stream: ConnectionStream) -> Place | None:
        """A place for a new connection; None: there is none, `refuse` it."""
        address = ip_of_peer(stream.socket)
        group = _group(address)
        limits = self._limits
        waiting = self._waiting.get(group, {})
        if len(waiting) >= limits.per_address and not self._is_exempt(address):
            self.gave_way_address += 1
            self._give_way(next(iter(waiting)), "its address holds too many others")
        while self._waiting_in_all >= limits.unauthenticated:  # once, unless the limit was lowered
            self._longest_waiting_gives_way()
        if len(self._places) >= self._most:
            if not self._waiting_in_all:
                return None
            self._longest_waiting_gives_way()
        self.admitted += 1
        place = Place(self, stream, group, self.admitted)
        self._places.add(place)
        self._waiting.setdefault(group, {})[place] = None
        self._waiting_in_all += 1
        stream.authenticated = place.authenticate
        return place

    async def refuse(self, stream: ConnectionStream) -> None:
        """Say that the server is full, if that is quickly done. Closing is the caller's."""
        self.refused += 1
        stream.life.end(FULL)
        self._refusals.write("connections refused", "%s refused: the server is full", stream.peer)
        if self._being_refused >= MAX_REFUSALS:
            stream.abort()
            await trio.lowlevel.checkpoint()
            return
        self._being_refused += 1
        try:
            with (
                trio.move_on_after(REFUSAL_TIMEOUT),
                suppress(trio.BrokenResourceError, trio.ClosedResourceError),
            ):
                await stream.begin()
                await send_plain_answer(stream, _REFUSAL)
        finally:
            self._being_refused -= 1

    def authenticate(self, place: Place) -> None:
        """This place is a stranger's no longer."""
        waiting = self._waiting.get(place.group, {})
        if place in waiting:
            del waiting[place]
            self._waiting_in_all -= 1
            if not waiting:
                del self._waiting[place.group]

    def leave(self, place: Place) -> None:
        """This place is free; safe to repeat."""
        self.authenticate(place)
        self._places.discard(place)

    def _longest_waiting_gives_way(self) -> None:
        crowd = max(self._waiting.values(), key=lambda one: (len(one), -next(iter(one)).number))
        self.gave_way += 1
        self._give_way(next(iter(crowd)), "too many others wait")

    def _give_way(self, place: Place, reason: str) -> None:
        self.leave(place)
        self._refusals.write(
            "connections given up", "%s gave way to a newcomer: %s", place.peer, reason
        )
        place.give_way()

    def _is_exempt(self, address: Address | None) -> bool:
        # Without an address: it is gone already, or came by a socket file of this machine.
        return (
            address is None
            or address.is_loopback
            or any(address in network for network in self._limits.exempt)
        )


def _group(address: Address | None) -> _Group:
    if address is None or address.version == 4:
        return address
    # Whoever has one IPv6 address has 2 to the power of 64 of them.
    return ipaddress.IPv6Network((address, 64), strict=False)
