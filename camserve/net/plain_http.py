"""The answer to who speaks plain HTTP to a port that speaks TLS."""

from collections.abc import Awaitable, Callable

from .plain_answer import plain_answer

_MOST_HEAD = 16 * 1024  # bytes; who sends more is answered in the middle of it
_END_OF_HEAD = b"\r\n\r\n"
#: camclient and its doctor look for `HTTPS` in it.
_BODY = b'{"message": "This port speaks HTTPS only: https:// instead of http://, wss:// for ws://"}'
ANSWER = plain_answer(400, body=_BODY)


class PlainHttpError(Exception):
    """It is no HTTP either."""


async def answer_plain_http(
    received: bytes,
    receive: Callable[[], Awaitable[bytes]],
    send: Callable[[bytes], Awaitable[None]],
) -> None:
    """Tell the sender of a plain request what to do instead.

    received: what came first

    Raises: PlainHttpError; what `receive` and `send` raise.
    """
    if not received[:1].isalpha():
        raise PlainHttpError("neither TLS nor HTTP")
    # Answered in the middle of a request, some clients never look at the answer.
    while _END_OF_HEAD not in received and len(received) < _MOST_HEAD:
        more = await receive()
        if not more:
            break
        received += more
    await send(ANSWER)
