"""What is decided from a request's head alone, before any route sees it."""

from hypercorn.typing import ASGISendCallable, HTTPScope, WebsocketScope

from camserve.net.shortcut import MAX_HEAD_BYTES

from .answers import AnswerError

__all__ = ["MAX_HEAD_BYTES", "check_size", "send_error"]

_AROUND_A_LINE = 4  # bytes: `: ` and the end of the line
_AROUND_THE_FIRST = 15  # bytes: ` HTTP/1.1`, two ends of lines, what is around the method


def check_size(scope: HTTPScope | WebsocketScope, most: int) -> None:
    """Count the bytes of the request without its body, about as they came.

    h11 counts only while it waits for more: what comes in one piece may be longer.

    Raises:
        AnswerError: 431, they are more than `most`.
    """
    fields = sum(len(name) + len(value) + _AROUND_A_LINE for name, value in scope["headers"])
    if len(scope["raw_path"]) + len(scope["query_string"]) + fields + _AROUND_THE_FIRST > most:
        raise AnswerError(431, "The head of the request is too long", {"Connection": "close"})


async def send_error(send: ASGISendCallable, error: AnswerError) -> None:
    """Answer an HTTP request with this error."""
    body = error.body()
    headers = [(name.lower().encode(), value.encode()) for name, value in error.headers.items()]
    headers += [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": error.status, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
