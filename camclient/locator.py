"""Who knows where the server is: asked before each connection, as it may have moved."""

from typing import Protocol

from camclient.connection import Progress
from camclient.endpoint import Endpoint
from camclient.failures import PushError, Refused


class Locator(Protocol):
    """str() of it is what the log calls the server."""

    async def locate(self) -> Endpoint:
        """Where to connect to now.

        Raises:
            ConnectionLostError: nobody knows; ask again later.
        """

    def let_in(self) -> None:
        """The server at the last place is the right one: it has let us in."""

    def refused(self, error: Refused) -> PushError:
        """What it means that the server at the last place refused: `error`, or worth a retry."""


class Fixed:
    """The place that the user gave."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint

    def __str__(self) -> str:
        return str(self._endpoint)

    async def locate(self) -> Endpoint:
        return self._endpoint

    def let_in(self) -> None:
        pass

    def refused(self, error: Refused) -> PushError:
        return error


class LocatedProgress:
    """Passes on how a connection is doing, and lets the locator know when it was let in."""

    def __init__(self, progress: Progress, locator: Locator) -> None:
        self._progress = progress
        self._locator = locator

    def connected(self) -> None:
        self._locator.let_in()
        self._progress.connected()

    def frame_sent(self) -> None:
        self._progress.frame_sent()
