"""Runs a service in this process: says where it is reached, and stops it at a signal."""

import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager

import trio

from camserve.address import Addresses

log = logging.getLogger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class StartError(Exception):
    """The server cannot start; the message is one line for a person."""


def run_until_signal(service: Callable[..., Awaitable[None]]) -> None:
    """Run `service(stop, task_status=…)` in trio, say where it is reached, stop it at a signal.

    Raises:
        StartError
    """
    with _unwrapped_start_error():
        trio.run(_run_until_signal, service)


async def _run_until_signal(service: Callable[..., Awaitable[None]]) -> None:
    stop = trio.Event()
    with trio.open_signal_receiver(*STOP_SIGNALS) as signals, _let_in(STOP_SIGNALS):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_stop_at_signal, signals, stop)
            async with trio.open_nursery() as serving:
                addresses: Addresses = await serving.start(service, stop)
                ready = f"watch   {addresses.watch}\ncameras {addresses.cameras}"
                print(ready, flush=True)  # noqa: T201
                gc.freeze()  # what was made until now stays: no collection need look at it
            nursery.cancel_scope.cancel()


@contextmanager
def _let_in(signals: Iterable[signal.Signals]) -> Iterator[None]:
    """Whoever called may have held signals back until there is somebody who listens."""
    before = signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


async def _stop_at_signal(signals: AsyncIterator[int], stop: trio.Event) -> None:
    # Goes on to the end: what is not taken here is delivered again afterwards, and then it kills.
    async for number in signals:
        log.info("%s: stopping", signal.Signals(number).name)
        stop.set()


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
