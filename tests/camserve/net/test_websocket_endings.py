"""Close frames: who sends them, and what is asked to be silent before."""

import pytest
import wsproto

from camserve.net.websocket import close_websocket
from tests.camserve.net.websocket_pair import connected
from tests.raw_websocket import CLOSE, TEXT, frame


@pytest.mark.parametrize(
    ("said", "code"),
    [
        (frame(b"\xff", TEXT), 1007),
        (frame(b"", 3), 1002),
        (frame(b"x" * 1001), 1009),
        (frame(b"\x03\xe8", CLOSE), 1000),
    ],
    ids=["no UTF-8", "no opcode", "too long", "close"],
)
async def test_a_close_frame_is_announced_and_says_why(said: bytes, code: int) -> None:
    async with connected() as pair:
        announced: list[bytes] = []
        pair.connection.before_close = lambda: announced.append(bytes(pair.received))
        await pair.say(said)
        (answer,) = pair.answers()
        assert isinstance(answer, wsproto.events.CloseConnection)
        assert answer.code == code
        assert announced == [b""]


async def test_our_own_close_frame_is_announced_too() -> None:
    async with connected() as pair:
        announced: list[bytes] = []
        pair.connection.before_close = lambda: announced.append(bytes(pair.received))

        async def close() -> None:
            await close_websocket(pair.connection, 1001, "")

        pair.nursery.start_soon(close)
        await pair.say(frame(b"\x03\xe9", CLOSE))
        assert announced
        assert announced[0] == b""
