"""Answers that are given before any library has understood a request, or past them all."""

import json
from http import HTTPStatus

import trio

_READ_SIZE = 65536
_MESSAGES = {
    HTTPStatus.BAD_REQUEST: "This is no proper HTTP request",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The head of the request is too long",
    HTTPStatus.NOT_IMPLEMENTED: "This server does not know this Transfer-Encoding",
    HTTPStatus.SERVICE_UNAVAILABLE: "The server has as many connections as it may have",
}


def plain_answer(status: int, *fields: str, body: bytes | None = None) -> bytes:
    """A whole answer over HTTP/1.1, after which the connection ends.

    fields: more of its head, such as `Retry-After: 5`
    body: JSON; None: what there is to say about such a status
    """
    known = HTTPStatus(status)
    if body is None:
        body = json.dumps({"message": _MESSAGES.get(known, known.phrase)}).encode()
    head = [
        f"HTTP/1.1 {status} {known.phrase}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *fields,
    ]
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


async def send_plain_answer(stream: trio.abc.Stream, answer: bytes) -> None:
    """Send a `plain_answer` and read on until the other side has gone; closing is the caller's.

    Who is still sending reads no answer before, and what is unread when a socket closes would turn
    the answer into a reset (RFC 9112, section 9.6). For how long is for the caller to say.

    Raises: as the stream.
    """
    await stream.send_all(answer)
    if isinstance(stream, trio.abc.HalfCloseableStream):
        await stream.send_eof()
    while await stream.receive_some(_READ_SIZE):
        pass
