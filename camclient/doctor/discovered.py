"""The server, when nobody said where it is: the one that answers on the local network."""

import ssl

import trio

from camclient.discovery import FIRST_LOOK, DiscoveryError, Found, Look
from camclient.doctor.finding import Finding, ok
from camclient.doctor.trouble import Trouble
from camclient.endpoint import Endpoint
from camclient.failures import ConnectionLostError
from camclient.stream import connect

SUBJECT = "network"
LOOK_TIMEOUT = FIRST_LOOK + 3.0  # seconds; details are asked for after the look
REACH_TIMEOUT = 1.5  # seconds for each address
MOST_ADDRESSES = 4

BY_HAND = "or say where it is: --server ws://HOST:8001"


async def discover(
    look: Look, ssl_context: ssl.SSLContext | None = None
) -> tuple[Finding, Endpoint]:
    """Look for a server as `camclient.discovery` does, and take one of its addresses.

    ssl_context: for `wss`; None: the system's authorities.

    Raises:
        Trouble: there is none, or the network cannot be asked.
    """
    found: list[Found] = []
    try:
        with trio.move_on_after(LOOK_TIMEOUT):
            found = sorted(await look(FIRST_LOOK), key=lambda one: one.name)
    except DiscoveryError as error:
        raise Trouble(f"no camera server can be looked for: {error}", BY_HAND) from error
    if not found:
        raise Trouble(
            "no camera server answers on the local network",
            "is camserve running, with --host 0.0.0.0? else it is not announced",
            "guest Wi-Fi and other subnets do not pass announcements on",
            BY_HAND,
        )
    chosen, *others = found
    hints = [f"there is {one.name} at {one.endpoint(0)} as well" for one in others]
    if others:
        hints.append("--server chooses one of them; without it, the first by name is tried first")
    endpoint = await _first_that_answers(chosen, ssl_context)
    return ok(SUBJECT, f"found {chosen.name} at {endpoint}", *hints), endpoint


async def _first_that_answers(server: Found, ssl_context: ssl.SSLContext | None) -> Endpoint:
    """Of its addresses; the first of all when none does, so that its fault is told."""
    endpoints = [server.endpoint(turn) for turn in range(min(len(server.hosts), MOST_ADDRESSES))]
    for endpoint in endpoints if len(endpoints) > 1 else []:
        with trio.move_on_after(REACH_TIMEOUT):
            try:
                stream = await connect(endpoint, ssl_context)
            except ConnectionLostError:
                continue
            await stream.aclose()
            return endpoint
    return endpoints[0]
