"""The server under a prefix of somebody's site: what a reverse proxy did to a request is undone.

There are two kinds of proxies. One takes the prefix away, and then our routes are as ever; it may
say so in X-Forwarded-Prefix. The other passes the path on as it came; for those there is
`root_path`, which is taken away here.
"""

from dataclasses import dataclass, replace
from typing import cast
from urllib.parse import unquote

from hypercorn.typing import ASGISendCallable, HTTPScope, WebsocketScope

from camserve.net.proxies import Network, Origin, forwarded

#: In the extensions of the ASGI scope: the Origin of the request, with all of its parts known.
ORIGIN = "camserve.origin"


@dataclass(frozen=True, slots=True)
class Proxies:
    """What is known of the reverse proxies in front of this server.

    trusted: where they are
    root_path: the prefix under which they show this server, unless they say another; or empty
    """

    trusted: tuple[Network, ...] = ()
    root_path: str = ""


NO_PROXIES = Proxies()


def find_origin(scope: HTTPScope | WebsocketScope, proxies: Proxies) -> Origin:
    """Find out where the request came from, note it in the scope, and take the prefix away."""
    client = scope["client"]
    said = forwarded(client[0] if client else "", scope["headers"], proxies.trusted)
    own_host = next((value for name, value in scope["headers"] if name.lower() == b"host"), b"")
    origin = replace(
        said,
        scheme=said.scheme or ("https" if scope["scheme"] in {"https", "wss"} else "http"),
        host=said.host or bytes(own_host).decode("latin-1"),
        prefix=proxies.root_path if said.prefix is None else said.prefix,
    )
    cast(dict[str, object], scope["extensions"])[ORIGIN] = origin
    # Who names the prefix has taken it away; one of our own routes may begin like it.
    if said.prefix is None and proxies.root_path:
        _take_away(scope, proxies.root_path.encode("ascii"))
    return origin


def _take_away(scope: HTTPScope | WebsocketScope, prefix: bytes) -> None:
    target = bytes(scope["raw_path"])
    if target.startswith(prefix + b"/"):
        scope["raw_path"] = rest = target.removeprefix(prefix)
        scope["path"] = unquote(rest.decode("ascii"))


def lacks_slash(scope: HTTPScope | WebsocketScope, origin: Origin) -> bool:
    """Whether somebody asks for the prefix as such; relative links on the page would go astray."""
    return bool(origin.prefix) and scope["path"] == origin.prefix


async def send_to_prefix(scope: HTTPScope, origin: Origin, send: ASGISendCallable) -> None:
    """Answer with the way to the page."""
    query = bytes(scope["query_string"])
    location = f"{origin.prefix}/".encode() + (b"?" + query if query else b"")
    await send(
        {
            "type": "http.response.start",
            "status": 308,  # as 301, but keeps the method
            "headers": [(b"location", location), (b"content-length", b"0")],
        }
    )
    await send({"type": "http.response.body", "body": b"", "more_body": False})
