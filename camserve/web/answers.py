"""Answers that many routes give: JSON, a picture, an error with its message."""

import base64
import json
from collections.abc import Mapping

from quart import Response
from werkzeug.exceptions import HTTPException

from camserve.relay import Frame

RETRY_AFTER = 2  # seconds; a camera that just started needs about as long
NO_STORE = "no-store"


def json_answer(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, content_type="application/json")


def jpeg_answer(jpeg: bytes, headers: Mapping[str, str] | None = None) -> Response:
    return Response(
        jpeg,
        content_type="image/jpeg",
        headers={"Cache-Control": NO_STORE, **(headers or {})},
    )


def base64_jpeg(frame: Frame) -> bytes:
    """For those who cannot take bytes; by `frame.shared` it is made once for all of them."""
    return base64.b64encode(frame.jpeg)


def see_other(location: str) -> Response:
    """Send a browser to another address, to get it; this answer is for this one request only."""
    return Response(b"", status=303, headers={"Location": location, "Cache-Control": NO_STORE})


def stream_headers() -> dict[str, str]:
    """For answers that go on and on: nobody on the way may keep or collect them."""
    return {
        "Cache-Control": NO_STORE,
        # nginx collects a response before it passes it on, unless told otherwise.
        "X-Accel-Buffering": "no",
    }


class AnswerError(Exception):
    """Ends a request with a status and a message for whoever asked."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})

    def body(self) -> bytes:
        return json.dumps({"message": self.message}).encode()

    def answer(self) -> Response:
        answer = Response(self.body(), self.status, content_type="application/json")
        answer.headers.update(self.headers)
        return answer


def no_picture(message: str) -> AnswerError:
    """503: there is nothing to show now, but there may be soon."""
    return AnswerError(503, message, {"Retry-After": str(RETRY_AFTER)})


def http_error_answer(error: HTTPException) -> Response:
    """Quart's own errors (404, 405, 413 and so on) in the manner of ours."""
    answer = json_answer({"message": error.description or error.name}, error.code or 500)
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer
