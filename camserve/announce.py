"""Lets cameras find this server on the local network (DNS-SD), for as long as it runs.

Nothing of this may cost the server its life or keep it from stopping: what fails is a line in the
log, and is tried again when the network changes.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType
from typing import Protocol

import trio

from camclient.network import NetworkWatcher
from camserve import __version__
from camserve.wire import INGEST_PATH, SERVICE_TYPE

RECHECK = 60.0  # seconds, where the system does not tell when the network changes
#: Deadlines of shields: both together stay below the five seconds that stopping may take.
LONGEST_ANNOUNCING = 3.0  # seconds
LONGEST_WITHDRAWAL = 1.5  # seconds

log = logging.getLogger(__name__)


class AnnouncementError(Exception):
    """Nothing could be announced; the message is one line that says why."""


class Announced(Protocol):
    """What the network was told; see `camserve.announcement.Announcement`."""

    name: str

    def withdraw(self) -> None: ...


async def announce(
    listeners: Sequence[trio.SocketListener],
    stop: trio.Event,
    tls: bool = False,
    name: str | None = None,
    *,
    service_type: str = SERVICE_TYPE,
    interfaces: Sequence[str] | None = None,
) -> None:
    """Announce what listens there for cameras until `stop` is set, then withdraw it.

    listeners: of one port.
    tls: whether they speak it.
    name: what cameras may expect in the certificate; None: the address.
    service_type, interfaces: as in `camserve.announcement.Announcement`.
    """
    # Now: whoever stops while the library is imported closes the listeners.
    bound = [listener.socket.getsockname() for listener in listeners]
    try:
        # In a thread: on a small computer the import takes seconds.
        library = await trio.to_thread.run_sync(_library)
    except ImportError:
        log.info(
            "cameras have to be told the address: for them to find it by themselves, "
            'pip install "camserve[discovery]"'
        )
        return
    announcer = Announcer(
        partial(library.local_addresses, [one[0] for one in bound]),
        partial(
            library.Announcement,
            port=bound[0][1],
            text=_text(tls, name),
            service_type=service_type,
            interfaces=interfaces,
        ),
    )
    await announcer.run(stop)


def _text(tls: bool, name: str | None) -> dict[str, str]:
    text = {"path": INGEST_PATH, "version": __version__, "tls": "1" if tls else "0"}
    return text | {"host": name} if tls and name else text


def _library() -> ModuleType:
    from camserve import announcement

    return announcement


class Announcer:
    """Announces anew whenever the addresses of this machine change.

    addresses: gives those by which others reach the server.
    announce: tells the network of them; blocks.
    """

    def __init__(
        self,
        addresses: Callable[[], tuple[str, ...]],
        announce: Callable[[tuple[str, ...]], Announced],
    ) -> None:
        self._addresses = addresses
        self._announce = announce
        self._announced: Announced | None = None
        self._told = ""
        # One thread that hangs is enough.
        self._limiter = trio.CapacityLimiter(1)

    async def run(self, stop: trio.Event) -> None:
        """Keep the announcement true until `stop` is set; then, or cancelled, withdraw it."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._keep)
            await stop.wait()
            nursery.cancel_scope.cancel()

    async def _keep(self) -> None:
        addresses: tuple[str, ...] = ()
        with NetworkWatcher() as network:
            try:
                while True:
                    try:
                        now = self._addresses()
                        if now != addresses or (now and self._announced is None):
                            addresses = now
                            await self._replace(now)
                    except AnnouncementError as error:
                        self._tell(f"cameras have to be told the address: {error}")
                    with trio.move_on_after(RECHECK):
                        await network.wait()
            finally:
                await self._withdraw()

    async def _replace(self, addresses: tuple[str, ...]) -> None:
        await self._withdraw()
        if not addresses:
            return
        given_up = threading.Event()

        def announce() -> Announced:
            announced = self._announce(addresses)
            if given_up.is_set():
                announced.withdraw()
            return announced

        # Shielded: cancelled in the middle, nobody could withdraw it.
        with trio.CancelScope(shield=True, deadline=trio.current_time() + LONGEST_ANNOUNCING):
            self._announced = await trio.to_thread.run_sync(
                announce, abandon_on_cancel=True, limiter=self._limiter
            )
        if self._announced is None:
            given_up.set()
            raise AnnouncementError("the announcement takes too long")
        self._tell(f"cameras find this server as {self._announced.name!r}")

    async def _withdraw(self) -> None:
        announced, self._announced = self._announced, None
        if announced is None:
            return
        with trio.CancelScope(shield=True, deadline=trio.current_time() + LONGEST_WITHDRAWAL):
            try:
                await trio.to_thread.run_sync(
                    announced.withdraw, abandon_on_cancel=True, limiter=self._limiter
                )
            except AnnouncementError as error:
                log.debug("the announcement was not withdrawn: %s", error)

    def _tell(self, news: str) -> None:
        if news != self._told:
            log.info("%s", news)
        self._told = news
