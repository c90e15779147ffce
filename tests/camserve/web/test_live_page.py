"""docs/reference/live.md says what the code does."""

import json
import re
from pathlib import Path

import pytest

from camserve.relay import Frame
from camserve.web.encoding import websocket_message
from camserve.web.live import MAX_UNACKNOWLEDGED, SUBPROTOCOL
from camserve.web.live_messages import frame_message, status_message
from camserve.web.live_request import Ack, LiveRequestError, Move, Unwatch, Watch, live_request
from camserve.web.status import Status
from camserve.web.websocket import GOING_AWAY, MAX_MESSAGE_BYTES

PAGE = (Path(__file__).parents[3] / "docs/reference/live.md").read_text("utf-8")
JPEG = bytes.fromhex("ffd8ffe0ffd9")


def block(kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, kind
    return found[1]


def example() -> bytes:
    """The bytes of the hex block: on each line those before the first wide gap."""
    lines = block("hex frame").splitlines()
    return b"".join(bytes.fromhex(line.split("  ")[0]) for line in lines)


def quoted(op: str) -> str:
    """The message with this op that the page quotes."""
    found = re.search(rf'`({{"op": "{op}".*?}})`', PAGE)
    assert found is not None, op
    return found[1]


def test_the_server_sends_the_example() -> None:
    frame = Frame(1, 1700000000042, 1700000000.123456, 0.0, JPEG)
    assert frame_message(frame) == websocket_message(example())


def test_the_python_on_the_page_reads_it_and_acknowledges_it() -> None:
    functions: dict[str, object] = {}
    exec(compile(block("python"), "live.md", "exec"), functions)
    picture, acknowledgement = functions["picture"], functions["acknowledgement"]
    assert callable(picture)
    assert callable(acknowledgement)
    assert picture(example()) == (1, 1700000000042, 1700000000.123456, JPEG)
    assert live_request(acknowledgement(example())) == Ack(1, 1700000000042)


@pytest.mark.parametrize(
    ("op", "request_"),
    [
        ("watch", Watch(1, 10.0, 320)),
        ("unwatch", Unwatch(1)),
        ("ack", Ack(1, 42)),
        ("move", Move(1, 0.0, 0.5)),
    ],
)
def test_the_messages_on_the_page_are_understood(op: str, request_: object) -> None:
    assert live_request(quoted(op)) == request_


def test_the_status_on_the_page() -> None:
    status = Status(1, "front door", "online", "2026-01-31T12:00:00.000Z", ("move",))
    assert status_message(status) == websocket_message(quoted("status").encode(), opcode=1)


def test_the_error_on_the_page() -> None:
    with pytest.raises(LiveRequestError) as refused:
        live_request('{"op": "watch", "camera": 1, "fps": 0}')
    assert json.loads(quoted("error")) == {"op": "error", "message": str(refused.value)}


def test_the_numbers_on_the_page() -> None:
    assert f"`{SUBPROTOCOL}`" in PAGE
    assert f"{MAX_MESSAGE_BYTES:,} bytes" in PAGE
    assert MAX_UNACKNOWLEDGED == 2
    assert "{} `{}`".format(*GOING_AWAY) in PAGE
