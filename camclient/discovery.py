"""Finds the server on the local network when nobody said where it is.

The network is asked before each connection, as the server may have another address by now; a server
that is there answers within a moment. Does none answer, what was found before still counts. Of
several servers the first by name is taken, and once one has let us in that one, whatever others
there are.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError, PushError, Refused

FIRST_LOOK = 5.0  # seconds, after which the user is told that there is nothing
#: Long ones: while a look lasts a server that starts is found at once, and it costs next to
#: nothing, unlike the beginning of one.
NEXT_LOOK = 15.0  # seconds
#: Short ones: the known place may be the right one although nothing answers.
SHORT_LOOK = 3.0  # seconds

log = logging.getLogger(__name__)


class DiscoveryError(Exception):
    """The network cannot be asked; the message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """A server on the local network.

    Attributes:
        name: of the announcement; no two servers have the same.
        hosts: addresses, or one name, at least one; the most promising first.
        resource: path of the WebSocket request.
        tls: whether the server speaks it.
        certified: a name in its certificate; None: the certificate is for the address.
    """

    name: str
    hosts: tuple[str, ...]
    port: int
    resource: str
    tls: bool = False
    certified: str | None = None

    def endpoint(self, turn: int) -> Endpoint:
        """At one address after the other."""
        host = self.hosts[turn % len(self.hosts)]
        return Endpoint(host, self.port, self.resource, self.tls, self.certified)


#: Asks the network for so many seconds, or until it has answered. Raises: DiscoveryError.
Look = Callable[[float], Awaitable[Sequence[Found]]]

#: The same, but if the server with this name answers, no other is waited for.
LookFor = Callable[[float, str | None], Awaitable[Sequence[Found]]]


def secured(look: LookFor) -> LookFor:
    """The same look, for who wants TLS: servers without it are none.

    Anybody in the network can announce a server, so the announcement must not decide this.
    """

    async def look_for(seconds: float, until: str | None = None) -> Sequence[Found]:
        found = await look(seconds, until)
        secure = [one for one in found if one.tls]
        if found and not secure:
            raise DiscoveryError("no server here speaks TLS, and --ca-file wants it")
        return secure

    return look_for


class Discovery:
    """A `camclient.locator.Locator`."""

    def __init__(self, look: LookFor) -> None:
        self._look = look
        self._server: Found | None = None
        self._turn = 0  # which of its addresses
        self._in_doubt = False  # it did not let us in when we asked there last
        self._home: str | None = None  # the name of the server that let us in
        self._seconds = FIRST_LOOK
        self._warned: list[str] = []

    def __str__(self) -> str:
        if self._server is None:
            return "the server on the local network"
        return f"{self._server.name} ({self._server.endpoint(self._turn)})"

    async def locate(self) -> Endpoint:
        if self._in_doubt:
            self._turn += 1
        await self._look_around()
        assert self._server is not None
        self._in_doubt = True
        return self._server.endpoint(self._turn)

    def let_in(self) -> None:
        assert self._server is not None
        self._home = self._server.name
        self._in_doubt = False

    def refused(self, error: Refused) -> PushError:
        assert self._server is not None
        if self._home in {None, self._server.name}:
            return error
        return ConnectionLostError(f"{error}; {self._home!r}, which knows the camera, is not there")

    async def _look_around(self) -> None:
        """Bring what is known of the server up to date; what is known already may stand."""
        try:
            seconds = SHORT_LOOK if self._server else self._seconds
            found = await self._look(seconds, self._home)
        except DiscoveryError as error:
            if self._server is None:
                raise ConnectionLostError(
                    f"no camera server can be looked for: {error}; give its address with --server"
                ) from error
            return
        self._seconds = NEXT_LOOK
        if found:
            self._choose(sorted(found, key=lambda one: one.name))
        elif self._server is None:
            raise ConnectionLostError(
                "no camera server found on the local network; give its address with --server"
            )

    def _choose(self, found: Sequence[Found]) -> None:
        chosen = next((one for one in found if one.name == self._home), found[0])
        if chosen != self._server:
            self._server, self._turn = chosen, 0
            log.info("found %s on the local network", self)
        names = [one.name for one in found]
        if len(found) > 1 and self._home is None and names != self._warned:
            log.warning(
                "%d camera servers on the local network: %s; %r is taken, --server chooses another",
                len(found),
                ", ".join(map(repr, names)),
                chosen.name,
            )
            self._warned = names
