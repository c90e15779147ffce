"""What can be wrong on the way to the server, and what to do about each."""

import errno
import os
import socket
import ssl

from camclient.doctor.answer import HttpAnswer
from camclient.endpoint import Endpoint
from camclient.failures import (
    EXPIRED,
    NOT_YET_VALID,
    WRONG_ADDRESS,
    WRONG_HOST,
    ConnectionLostError,
    PushError,
    Refused,
    ReplacedError,
)
from camserve.wire import INGEST_PATH

REDIRECTS = frozenset({301, 302, 303, 307, 308})
GATEWAY_ERRORS = frozenset({502, 503, 504})
NEEDS_PASSWORD = frozenset({401, 403})

THE_PORT = "camserve prints the right address behind `cameras`; the port is 8001 by default"


class Trouble(PushError):  # noqa: N818 - what a person is told, not a fault of ours
    """A check failed; `hints` say what to do about it, a line each."""

    def __init__(self, text: str, *hints: str) -> None:
        super().__init__(text)
        self.hints = hints


def no_connection(endpoint: Endpoint, error: ConnectionLostError) -> Trouble:
    """The name, TCP or TLS failed: what `camclient.stream.connect` raised."""
    reason = str(error).removeprefix("cannot connect: ")
    cause = error.__cause__
    host, port = endpoint.host, endpoint.port
    if isinstance(cause, socket.gaierror):
        return Trouble(f"the name {host} is not known: {reason}", *_about_names(host))
    if isinstance(cause, OSError):
        if reason == os.strerror(errno.ECONNREFUSED):
            return Trouble(
                f"nobody listens on port {port} of {host}",
                "is camserve running there, and with --host 0.0.0.0?",
                THE_PORT,
            )
        return Trouble(f"no way to {host}: {reason}", f"is this machine online? ping {host}")
    if endpoint.tls:
        return Trouble(f"{host}: {reason}", *_about_tls(endpoint, cause))
    return Trouble(reason)


def no_answer(endpoint: Endpoint, seconds: float) -> Trouble:
    """Not even TCP."""
    host, port = endpoint.host, endpoint.port
    return Trouble(
        f"{host}, port {port}: no answer within {seconds:g} s",
        f"is the address right, and the server switched on? ping {host}",
        f"does its firewall let cameras in? on the server: sudo ufw allow {port}/tcp",
    )


def silence(endpoint: Endpoint, seconds: float) -> Trouble:
    """TCP, but nobody answers the WebSocket handshake."""
    return Trouble(
        f"{endpoint} lets us in, but says nothing within {seconds:g} s",
        "another program's port, or one that wants TLS (wss://), or a server that hangs?",
        THE_PORT,
    )


def hung_up(endpoint: Endpoint) -> Trouble:
    """TCP, and then an end instead of an answer."""
    return Trouble(
        f"{endpoint} hangs up instead of answering",
        "another program's port, or one that wants TLS (wss://)?",
        THE_PORT,
    )


def another_language(endpoint: Endpoint, heard: bytes) -> Trouble:
    """It answers, but not in HTTP."""
    said = heard[:40].decode("latin-1").strip()
    return Trouble(f"{endpoint} is no WebSocket, it says {said!r}", THE_PORT)


def rejected(endpoint: Endpoint, answer: HttpAnswer) -> Trouble:
    """It answers in HTTP, and not with a WebSocket."""
    status = answer.status
    text = f"{endpoint} answers HTTP {status} instead of a WebSocket"
    location = answer.headers.get("location", "")
    plain_to_tls = status == 400 and not endpoint.tls and b"HTTPS" in answer.body
    if (status in REDIRECTS and location.startswith("https://")) or plain_to_tls:
        return Trouble(text, "it wants TLS: wss:// instead of ws://")
    if status in REDIRECTS:
        return Trouble(text, f"it sends us to {location}: use that, with ws:// or wss://")
    if status in NEEDS_PASSWORD:
        return Trouble(
            text, f"something in between wants a password: let {INGEST_PATH} through without one"
        )
    if status in GATEWAY_ERRORS:
        return Trouble(text, "a proxy is there, but camserve behind it is not: is it running?")
    if endpoint.resource != INGEST_PATH:
        return Trouble(text, f"no camera server at that path: leave away {endpoint.resource}")
    return Trouble(
        text, "a web server, but not camserve's; or a proxy without WebSockets", THE_PORT
    )


def after_hello(error: PushError, camera_id: int) -> Trouble:
    """The server ended a connection that had said who we are."""
    if isinstance(error, Trouble):
        return error
    if isinstance(error, Refused):
        hints = (
            (
                "not this camera's, or older than the last --rotate; on the server:",
                f"camserve camera token {camera_id}",
            )
            if str(error) == "Invalid token"
            else (
                "a wrong id, or a server with another --data-dir; on the server:",
                "camserve camera list",
                'camserve camera add "front door"',
            )
        )
        return Trouble(f"the server says: {error}", *hints)
    if isinstance(error, ReplacedError):
        return Trouble(
            f"another program took over as camera {camera_id}",
            "each camera needs an id of its own: camserve camera add NAME",
        )
    return Trouble(str(error), "the server's log says more")


def _about_names(host: str) -> tuple[str, ...]:
    if host.endswith(".local"):
        return (
            "names in .local need Avahi on the server and here:",
            "sudo apt install avahi-daemon libnss-mdns",
            "or use its IP address: hostname -I on the server prints it",
        )
    return (
        "is it spelt right, and is this machine online?",
        "or use its IP address: hostname -I on the server prints it",
    )


def _about_tls(endpoint: Endpoint, cause: BaseException | None) -> tuple[str, ...]:
    inner = cause.__cause__ if cause is not None else None
    if isinstance(inner, ssl.SSLCertVerificationError):
        if inner.verify_code == NOT_YET_VALID:
            return ("is this machine's clock right? date; timedatectl",)
        if inner.verify_code == EXPIRED:
            return ("renew it on the server; or is this machine's clock wrong? date",)
        if inner.verify_code in {WRONG_HOST, WRONG_ADDRESS}:
            return ("use the name that the certificate was made for",)
        return (
            "signed by your own authority, or by itself? name its certificate: --ca-file ca.pem",
        )
    plain = Endpoint(endpoint.host, endpoint.port, endpoint.resource, tls=False)
    return (f"a port without TLS? then {plain}", THE_PORT)
