"""Listening sockets that we bind ourselves, and the loop that accepts on them."""

import errno
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence

import trio

from .admission import Admission
from .certificate import Certificate
from .life import FAILED, STOPPING
from .stream import ConnectionStream
from .tls import TlsStream

log = logging.getLogger(__name__)

TLS_TIMEOUT = 5.0  # seconds that a TLS handshake may take; some round trips, on a bad network too
BACKLOG = 1024  # connections that wait to be accepted; the kernel caps it at somaxconn
#: A peer that vanished without a word is noticed after about 60 s of silence.
_KEEPALIVE = (("TCP_KEEPIDLE", 30), ("TCP_KEEPINTVL", 10), ("TCP_KEEPCNT", 3))


class ListenError(Exception):
    """An address that we cannot listen on; the message is one line for a person."""


async def open_listeners(host: str, port: int) -> list[trio.SocketListener]:
    """Bind and listen on every address that `host` has; port 0 means: any free port.

    All listeners of one call have the same port.

    Raises:
        ListenError: the port is taken or forbidden, or the host is not an address of ours.
    """
    try:
        listeners = list(await trio.open_tcp_listeners(port, host=host or None, backlog=BACKLOG))
        if port == 0 and len(listeners) > 1:
            # Each address family was given a port of its own. One address is enough here.
            for spare in listeners[1:]:
                await spare.aclose()
            listeners = listeners[:1]
    except (OSError, UnicodeError, ExceptionGroup) as error:
        raise ListenError(_explain(host, port, error)) from error
    for listener in listeners:
        _notice_vanished_peers(listener.socket)
    return listeners


def adopt_listeners(sockets: Sequence[socket.socket]) -> list[trio.SocketListener]:
    """Listen on sockets that somebody else bound; they are ours from now on."""
    listeners = [trio.SocketListener(trio.socket.from_stdlib_socket(one)) for one in sockets]
    for listener in listeners:
        _notice_vanished_peers(listener.socket)
    return listeners


def bound_port(listeners: Sequence[trio.SocketListener]) -> int:
    """The port that these listeners have in common."""
    port: int = listeners[0].socket.getsockname()[1]
    return port


async def serve_connections(
    handler: Callable[[ConnectionStream], Awaitable[None]],
    listeners: Sequence[trio.SocketListener],
    *,
    stop: trio.Event,
    grace: float,
    stall_timeout: float,
    certificate: Certificate | None = None,
    admission: Admission | None = None,
    task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Run `handler` for each connection until `stop` is set.

    certificate: for TLS, which `handler` finds begun; None: connections are plain
    admission: bounds how many connections there are; None: one for these listeners alone

    Then nothing more is accepted, and the handlers have `grace` seconds to finish before they
    are cancelled. A handler that fails ends its own connection only.
    """
    admission = admission or Admission()
    open_streams: set[ConnectionStream] = set()
    beginning: set[trio.CancelScope] = set()

    async def serve_one(accepted: trio.SocketStream) -> None:
        stream = (
            ConnectionStream(accepted, stall_timeout=stall_timeout)
            if certificate is None
            else TlsStream(accepted, certificate, stall_timeout=stall_timeout)
        )
        open_streams.add(stream)
        place = admission.place(stream)
        try:
            if place is None:
                await admission.refuse(stream)
                return
            with place:
                if certificate is None or await _has_begun(stream, beginning):
                    await handler(stream)
        except* Exception:
            # The last resort: whatever one connection does, the others go on.
            stream.life.end(FAILED)
            log.exception("connection of %s failed", stream.peer)
        finally:
            open_streams.discard(stream)
            stream.close()
            stream.life.write()

    async with trio.open_nursery() as connections:
        async with trio.open_nursery() as accepting:
            for listener in listeners:
                await accepting.start(_accept, listener, serve_one, connections)
            task_status.started()
            await stop.wait()
            # trio closes the listeners.
            accepting.cancel_scope.cancel()
        deadline = trio.current_time() + grace
        connections.cancel_scope.deadline = deadline
        for stream in open_streams:
            stream.life.end(STOPPING)
            stream.hurry(deadline)
        for scope in beginning:
            scope.cancel()


async def _has_begun(stream: ConnectionStream, beginning: set[trio.CancelScope]) -> bool:
    """Do the handshake of TLS; False: there is nobody to serve.

    beginning: holds the scope meanwhile
    """
    scope = trio.CancelScope(deadline=trio.current_time() + TLS_TIMEOUT)
    beginning.add(scope)
    try:
        with scope:
            await stream.begin()
            return True
    except (trio.BrokenResourceError, trio.ClosedResourceError) as error:
        log.debug("%s: %s", stream.peer, error)
    finally:
        beginning.discard(scope)
    return False


async def _accept(
    listener: trio.SocketListener,
    serve_one: Callable[[trio.SocketStream], Awaitable[None]],
    connections: trio.Nursery,
    *,
    task_status: trio.TaskStatus[None],
) -> None:
    # trio.serve_listeners waits out a lack of file descriptors by itself.
    await trio.serve_listeners(
        serve_one,
        [listener],
        handler_nursery=connections,
        task_status=task_status,  # type: ignore[arg-type]
    )


def _notice_vanished_peers(listening: trio.socket.SocketType) -> None:
    # Accepted sockets inherit these options.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, seconds in _KEEPALIVE:
        if hasattr(socket, name):
            listening.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), seconds)


def _explain(host: str, port: int, error: BaseException) -> str:
    if isinstance(error, BaseExceptionGroup):
        return _explain(host, port, error.exceptions[0])
    where = f"port {port} on {host or 'all addresses'}"
    # A name with an empty or endless label does not get as far as the resolver.
    if isinstance(error, socket.gaierror | UnicodeError):
        return f"cannot listen on {host!r}: not an address or a name that is known here"
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        return f"{where} is in use by another program"
    if code == errno.EACCES:
        return f"{where} is not allowed without more rights; ports from 1024 on are"
    if code == errno.EADDRNOTAVAIL:
        return f"cannot listen on {host!r}: not an address of this machine"
    return f"cannot listen on {where}: {error}"
