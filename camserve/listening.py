"""The server's listening sockets: those that a service manager hands over, or our own."""

import ipaddress
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import trio

from camserve.config import Config
from camserve.inherited import InheritedError, take_inherited
from camserve.net.listen import ListenError, adopt_listeners, open_listeners
from camserve.running import StartError

#: How the sockets of viewers and of cameras are called (FileDescriptorName= in systemd's units).
HTTP, INGEST = "http", "ingest"

Sockets = Mapping[str, Sequence[socket.socket]]


def handed_over() -> Sockets:
    """The sockets that a service manager opened for this process, if any.

    Of each purpose the one that reaches furthest comes first: its address is the one that we tell.

    Raises: StartError.
    """
    try:
        taken = take_inherited(HTTP, INGEST)
    except InheritedError as error:
        raise StartError(str(error)) from error
    for sockets in taken.values():
        sockets.sort(key=_reach, reverse=True)
    return taken


def settled(config: Config, sockets: Sockets) -> Config:
    """The settings with the addresses that the sockets have, for those that are there."""
    ingest_host, ingest_port = config.effective_ingest_host, config.ingest_port
    host, port = config.host, config.port
    if web := sockets.get(HTTP):
        host, port = _address(web[0])
    if ingest := sockets.get(INGEST):
        ingest_host, ingest_port = _address(ingest[0])
    if not sockets:
        return config
    return replace(config, host=host, port=port, ingest_host=ingest_host, ingest_port=ingest_port)


@asynccontextmanager
async def listening(
    host: str, port: int, sockets: Sequence[socket.socket], options: str
) -> AsyncIterator[list[trio.SocketListener]]:
    """Listen on `sockets`, or where there are none on `host` and `port`.

    options: what the names of their options begin with

    Raises: StartError.
    """
    try:
        listeners = adopt_listeners(sockets) if sockets else await open_listeners(host, port)
    except ListenError as error:
        raise StartError(f"{error} (see --{options}host and --{options}port)") from error
    try:
        yield listeners
    finally:
        for listener in listeners:
            listener.socket.close()


def _address(one: socket.socket) -> tuple[str, int]:
    host, port = one.getsockname()[:2]
    if host == "::" and not one.getsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY):
        host = "0.0.0.0"  # it takes both, and everybody knows what to do with this one
    return host, port


def _reach(one: socket.socket) -> int:
    address = ipaddress.ip_address(one.getsockname()[0].partition("%")[0])
    return 2 if address.is_unspecified else 0 if address.is_loopback else 1
