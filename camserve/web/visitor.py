"""Who sent a request, and how they believe to reach this server."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import parse_qsl

import trio
from hypercorn.typing import HTTPScope, WebsocketScope
from quart import request
from werkzeug.http import parse_cookie

from camserve.net.proxies import Origin
from camserve.net.stream import ConnectionStream
from camserve.trust import STRANGER, Claim, Identity, Role

SESSION_COOKIE = "camserve_session"
TOKEN = "token"  # the parameter that holds a link's token
#: In the extensions of the ASGI scope.
VISITOR = "camserve.visitor"
#: The methods that change nothing (RFC 9110, section 9.2.1).
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(slots=True)
class Visitor:
    """Who sent the current request.

    connection: on which the request came
    claim: what the request shows of them, the IP address included
    scheme: `http` or `https`, as the browser has it
    hosts: what the browser may have in its address bar as this server's host, in lower case
    root_path: what all addresses here begin with, as the browser has them; empty or like `/cameras`
    method: of the request; GET for a WebSocket
    page: the origin of the page that made the browser send this (RFC 6454); None: not said
    site: the browser's own word on that (Fetch Metadata); None: not said
    is_script: it comes from a script of ours, or opens a WebSocket for some page
    takes_html: somebody has typed the address or followed a link, and would rather read a page
    identity: who it is, once they were let in
    held: cancels a block when they may not be here any longer
    stay: what ends with the answer to this request
    tenure: of a request; is cancelled when their time is over before the answer is
    """

    connection: ConnectionStream
    claim: Claim
    scheme: str
    hosts: frozenset[str]
    root_path: str
    method: str
    page: str | None
    site: str | None
    is_script: bool
    takes_html: bool
    identity: Identity = STRANGER
    held: Callable[[], AbstractContextManager[trio.CancelScope]] = trio.CancelScope
    stay: "ExitStack[bool | None]" = field(default_factory=ExitStack)
    tenure: trio.CancelScope | None = None

    @property
    def was_let_in(self) -> bool:
        """Whether they may see more than everybody may."""
        return self.identity.role > Role.STRANGER

    @property
    def was_cut(self) -> bool:
        """Whether their time was over before the answer was sent."""
        return self.tenure is not None and self.tenure.cancelled_caught

    @property
    def changes_something(self) -> bool:
        return self.method not in SAFE_METHODS


def meet(
    scope: HTTPScope | WebsocketScope, origin: Origin, connection: ConnectionStream
) -> Visitor:
    """Read from a request who sent it, and note it in the scope; nothing is believed yet.

    origin: of the request, with all of its parts known
    """
    headers = _Headers(scope["headers"])
    is_websocket = scope["type"] == "websocket"
    page = headers.get(b"origin")
    met = Visitor(
        connection=connection,
        claim=Claim(
            address=origin.address,
            authorization=headers.get(b"authorization"),
            session=_session(headers.get(b"cookie")),
            token=_token(bytes(scope["query_string"])),
        ),
        scheme=origin.scheme or "http",
        hosts=frozenset({(origin.host or "").lower(), (headers.get(b"host") or "").lower()} - {""}),
        root_path=origin.prefix or "",
        method="GET" if scope["type"] == "websocket" else scope["method"],
        page=page,
        site=headers.get(b"sec-fetch-site"),
        is_script=page is not None
        if is_websocket
        else headers.get(b"x-requested-with") is not None,
        takes_html="text/html" in (headers.get(b"accept") or ""),
    )
    cast(dict[str, object], scope["extensions"])[VISITOR] = met
    return met


def _session(cookies: str | None) -> str | None:
    """The value of our cookie, which has no letters beyond ASCII; others may have."""
    # On those that are no UTF-8 werkzeug fails.
    return parse_cookie((cookies or "").encode("ascii", "replace").decode()).get(SESSION_COOKIE)


def visitor() -> Visitor:
    """The visitor whom the current request is from."""
    return visitor_of(request.scope)


def visitor_of(scope: object) -> Visitor:
    extensions = cast(dict[str, dict[str, object]], scope)["extensions"]
    return cast(Visitor, extensions[VISITOR])


def other_camera(identity: Identity) -> str:
    """What to say to whom a link was given, and who asks for something else."""
    return f"This link shows camera {identity.camera} only"


class _Headers:
    """Values as Latin-1, as they came."""

    def __init__(self, fields: Iterable[tuple[bytes, bytes]]) -> None:
        self._values: dict[bytes, list[str]] = {}
        for name, value in fields:
            self._values.setdefault(bytes(name).lower(), []).append(bytes(value).decode("latin-1"))

    def get(self, name: bytes) -> str | None:
        """HTTP/2 may bring a cookie in pieces (RFC 9113, section 8.2.3); of others, the first."""
        values = self._values.get(name)
        if values is None:
            return None
        return "; ".join(values) if name == b"cookie" else values[0]


def _token(query: bytes) -> str | None:
    if TOKEN.encode() not in query.lower():
        return None
    for name, value in parse_qsl(query.decode("latin-1")):
        if name.lower() == TOKEN:
            return value
    return None
