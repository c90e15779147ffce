"""Why a connection ended, in one line, and whether another try makes sense."""

import logging
import os
import socket
import ssl
from collections.abc import Iterator

import trio
from trio_websocket import CloseReason, ConnectionClosed, ConnectionRejected

POLICY_VIOLATION = 1008  # RFC 6455, section 7.4.1
REPLACED = "Replaced by a new connection"
#: What a server of this protocol says when no retry helps; the second one goes on with the id.
REFUSALS = ("Invalid token", "No camera with id")
#: RFC 6455, section 7.4.1: never sent, they mean "no code" and "no close frame".
NO_CLOSE_FRAME = frozenset({1005, 1006})
#: What mends a certificate that OpenSSL refuses for these reasons, x509_vfy.h.
_CLOCK = " (is the clock of this computer right?)"
_CA_FILE = " (--ca-file names the certificate of the authority that made it)"
NOT_YET_VALID, EXPIRED, WRONG_HOST, WRONG_ADDRESS = 9, 10, 62, 64
UNKNOWN_AUTHORITY = frozenset({2, 18, 19, 20, 21})
CERTIFICATE_ADVICE = {
    NOT_YET_VALID: _CLOCK,
    EXPIRED: _CLOCK,
    **dict.fromkeys(UNKNOWN_AUTHORITY, _CA_FILE),
}
#: What OpenSSL says when the first bytes of an answer are none of TLS.
NO_TLS = frozenset({"WRONG_VERSION_NUMBER", "PACKET_LENGTH_TOO_LONG"})
#: Their exceptions mean that the other side broke HTTP or WebSocket, not that we have a bug.
PROTOCOL_LIBRARIES = frozenset({"trio_websocket", "wsproto", "h11"})

log = logging.getLogger(__name__)


class PushError(Exception):
    """A connection ended; the message is one line that says why."""


class ConnectionLostError(PushError):
    """No connection, or it broke. Worth another try."""


class ReplacedError(PushError):
    """Another program pushes as the same camera, and the server prefers the newer connection."""


class Refused(PushError):  # noqa: N818 - an answer, and no fault of the program
    """The server does not know this camera or this token, no retry helps.

    The message is the server's reason.
    """


def diagnose(group: ExceptionGroup[Exception], closed: CloseReason | None) -> PushError:
    """What to tell about a connection whose tasks ended with these exceptions.

    closed: what the WebSocket knows of its end. A close frame is the server's own word, so it
        counts more than any exception that the end caused on our side.
    """
    errors = list(leaves(group))
    if closed is not None and closed.code not in NO_CLOSE_FRAME:
        return by_close_frame(closed)
    ours = [error for error in errors if isinstance(error, PushError)]
    if ours:
        return ours[0]
    rejected = [error for error in errors if isinstance(error, ConnectionRejected)]
    if rejected and b"HTTPS" in (rejected[0].body or b""):
        return ConnectionLostError("the server wants TLS: wss:// instead of ws://")
    if rejected and rejected[0].status_code == 503:
        return ConnectionLostError("the server has as many connections as it may have")
    if rejected:
        return ConnectionLostError(f"no camera server there: HTTP {rejected[0].status_code}")
    if any(isinstance(error, ConnectionClosed) for error in errors):
        return ConnectionLostError("the connection broke")
    if all(type(error).__module__.split(".")[0] in PROTOCOL_LIBRARIES for error in errors):
        return ConnectionLostError(f"no proper WebSocket: {errors[0]}")
    # A bug of ours: say so, but a camera on a pole must go on trying.
    log.error("unexpected error in the connection", exc_info=group)
    return ConnectionLostError(f"unexpected {type(errors[0]).__name__}")


def by_close_frame(closed: CloseReason) -> PushError:
    """What the server's close frame means."""
    reason = " ".join((closed.reason or "").split())  # one line, whatever the server sent
    if closed.code == POLICY_VIOLATION and reason == REPLACED:
        return ReplacedError(reason)
    # "Invalid token" and nothing after it; "No camera with id 7 exists".
    if closed.code == POLICY_VIOLATION and (
        reason == REFUSALS[0] or reason.startswith(REFUSALS[1])
    ):
        return Refused(reason)
    return ConnectionLostError(f"the server closed the connection: {closed.code} {reason}".strip())


def leaves(group: BaseExceptionGroup[Exception]) -> Iterator[Exception]:
    """The exceptions in a group and in the groups inside it."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


def reason_for_no_tcp(error: OSError) -> str:
    """One line for what trio.open_tcp_stream raises, which may stand for several attempts."""
    cause = error.__cause__
    if isinstance(cause, BaseExceptionGroup):
        cause = next(leaves(cause))
    if isinstance(cause, OSError):
        return reason_for_no_tcp(cause)
    # trio puts address and errno into one text; resolver errors have numbers of their own.
    if isinstance(error, socket.gaierror) or not error.errno:
        return error.strerror or str(error)
    return os.strerror(error.errno)


def reason_for_no_tls(error: trio.BrokenResourceError) -> str:
    """One line for what trio.SSLStream.do_handshake raises."""
    cause = error.__cause__
    if isinstance(cause, ssl.SSLCertVerificationError):
        advice = CERTIFICATE_ADVICE.get(cause.verify_code, "")
        return f"its certificate is not accepted: {cause.verify_message.rstrip('.')}{advice}"
    if isinstance(cause, ssl.SSLError) and cause.reason in NO_TLS:
        return "it does not speak TLS (ws:// instead of wss://?)"
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        return f"TLS failed: {cause.reason}"
    return "it hung up during the TLS handshake"
