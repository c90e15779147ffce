"""Runs a service in this process: says where it is reached, and does what signals ask for."""

import gc
import logging
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import trio

from camserve.address import Addresses
from camserve.config import Config
from camserve.notify import Notifier
from camserve.reload import Reload
from camserve.supervision import supervised

log = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)
SIGNALS = (*STOP_SIGNALS, signal.SIGHUP)


class StartError(Exception):
    """The server cannot start; the message is one line for a person.

    is_misuse: because of a setting that no server could start with
    """

    def __init__(self, message: str, *, is_misuse: bool = False) -> None:
        super().__init__(message)
        self.is_misuse = is_misuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving(Addresses):
    """What a service reports when it is ready.

    apply: puts other settings in force, see `Reload.run`
    describe: how the service is doing, in one line
    """

    apply: Callable[[Config], Awaitable[None]]
    describe: Callable[[], str]


def run_until_signal(service: Callable[..., Awaitable[None]], reload: Reload | None = None) -> None:
    """Run `service(stop, task_status=…)` in trio, say where it is reached, stop it at a signal.

    reload: what SIGHUP asks for; None: it stops the service like the others

    Raises:
        StartError
    """
    # Now: nothing that we start must talk to the service manager in our name.
    with closing(Notifier.from_environment()) as notifier, _unwrapped_start_error():
        trio.run(_Run(service, reload, notifier).run)


class _Run:
    def __init__(
        self,
        service: Callable[..., Awaitable[None]],
        reload: Reload | None,
        notifier: Notifier,
    ) -> None:
        self._service = service
        self._reload = reload
        self._notifier = notifier
        self._stop = trio.Event()
        self._reload_wanted = trio.Event()
        self._had_terminal = _has_terminal()

    async def run(self) -> None:
        with trio.open_signal_receiver(*SIGNALS) as signals, _let_in(SIGNALS):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._obey, signals)
                async with trio.open_nursery() as starting:
                    serving: Serving = await starting.start(self._service, self._stop)
                    print(f"watch   {serving.watch}\ncameras {serving.cameras}", flush=True)  # noqa: T201
                    gc.freeze()  # what was made until now stays: no collection need look at it
                    self._notifier.ready()
                    nursery.start_soon(supervised, self._notifier, serving.describe)
                    if self._reload is not None:
                        nursery.start_soon(self._reload_when_asked, self._reload, serving)
                nursery.cancel_scope.cancel()

    async def _obey(self, signals: AsyncIterator[int]) -> None:
        # Goes on to the end: what is not taken here is delivered again afterwards, and then it
        # kills.
        async for number in signals:
            name = signal.Signals(number).name
            if number in STOP_SIGNALS or self._reload is None or self._lost_terminal():
                log.info("%s: stopping", name)
                self._notifier.stopping()
                self._stop.set()
            else:
                log.info("%s: reading the settings again", name)
                self._reload_wanted.set()

    async def _reload_when_asked(self, reload: Reload, serving: Serving) -> None:
        while True:
            await self._reload_wanted.wait()
            self._reload_wanted = trio.Event()
            self._notifier.reloading()
            await reload.run(serving.apply)
            self._notifier.ready()

    def _lost_terminal(self) -> bool:
        """Whether SIGHUP came since the window or the connection was closed that it ran in."""
        return self._had_terminal and not _has_terminal()


def _has_terminal() -> bool:
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


@contextmanager
def _let_in(signals: Iterable[signal.Signals]) -> Iterator[None]:
    """Whoever called may have held signals back until there is somebody who listens."""
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _unwrapped_start_error() -> Iterator[None]:
    """Nurseries wrap; whoever called wants the one error that says why nothing started."""
    try:
        yield
    except BaseExceptionGroup as group:
        error: BaseException = group
        while isinstance(error, BaseExceptionGroup) and len(error.exceptions) == 1:
            error = error.exceptions[0]
        if isinstance(error, StartError):
            raise error from None
        raise
