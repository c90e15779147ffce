"""Connections that are accepted and handled as the server does it, on real sockets."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import trio

from camserve.net.admission import Admission
from camserve.net.listen import bound_port, open_listeners, serve_connections
from camserve.net.stream import ConnectionStream

from .connections import TIMEOUT

Handler = Callable[[ConnectionStream], Awaitable[None]]


@dataclass
class Service:
    """Connections that `handler` serves."""

    port: int
    stop: trio.Event = field(default_factory=trio.Event)
    ended: trio.Event = field(default_factory=trio.Event)

    async def connect(self, source: str | None = None) -> trio.SocketStream:
        """source: address of this machine to come from, such as 127.0.0.2"""
        return await trio.open_tcp_stream("127.0.0.1", self.port, local_address=source)


@asynccontextmanager
async def serving(
    handler: Handler,
    *,
    grace: float = 0.0,
    stall_timeout: float = TIMEOUT,
    admission: Admission | None = None,
) -> AsyncIterator[Service]:
    listeners = await open_listeners("127.0.0.1", 0)
    service = Service(bound_port(listeners))

    async def run(task_status: trio.TaskStatus[None]) -> None:
        await serve_connections(
            handler,
            listeners,
            stop=service.stop,
            grace=grace,
            stall_timeout=stall_timeout,
            admission=admission,
            task_status=task_status,
        )
        service.ended.set()

    async with trio.open_nursery() as nursery:
        await nursery.start(run)
        yield service
        service.stop.set()
