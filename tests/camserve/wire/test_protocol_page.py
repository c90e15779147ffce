"""docs/reference/protocol.md says what the code does."""

import re
from pathlib import Path

import pytest

from camserve.wire import (
    INGEST_PATH,
    MAX_FRAME_BYTES,
    MAX_PADDING_BYTES,
    MAX_TOKEN_BYTES,
    MAX_UNVERIFIED_BYTES,
    SUBPROTOCOL,
    UNLIMITED_FPS,
    CameraIdReceived,
    ClientConnection,
    ClientInfoReceived,
    FrameReceived,
    KeepAliveReceived,
    MoveReceived,
    ServerConnection,
    TokenReceived,
    ViewerConnection,
    encode_demand,
    encode_move,
    encode_update,
    trim_jpeg,
)
from camserve.wire.limits import MAX_CLIENT_INFO_BYTES, MAX_VIEWER_BYTES

from .streams import run

PAGE = (Path(__file__).parents[3] / "docs/reference/protocol.md").read_text("utf-8")


def example(name: str) -> bytes:
    """The bytes of one hex block: on each line those before the first wide gap."""
    block = re.search(rf"```hex {name}\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None, name
    return b"".join(bytes.fromhex(line.split("  ")[0]) for line in block[1].splitlines())


def test_the_publisher_encodes_the_example() -> None:
    publisher = ClientConnection()
    encoded = publisher.send_hello(1, "s3cret")
    encoded += publisher.send_frame(bytes.fromhex("ffd8ffe0ffd9"))
    encoded += publisher.send_keep_alive()
    assert encoded == example("camera-to-server")


def test_the_server_decodes_the_example() -> None:
    events, error = run(ServerConnection(), [example("camera-to-server")])
    jpeg = bytes.fromhex("ffd8ffe0ffd9")
    assert trim_jpeg(jpeg) is jpeg
    assert (events, error) == (
        [CameraIdReceived(1), TokenReceived("s3cret"), FrameReceived(jpeg), KeepAliveReceived()],
        None,
    )


def test_the_lines_of_python_give_the_example() -> None:
    code = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert code is not None
    names: dict[str, object] = {}
    exec(code[1], names)
    hello, frame = names["hello"], names["frame"]
    assert callable(hello)
    assert callable(frame)
    stream = hello(1, "s3cret") + frame(bytes.fromhex("ffd8ffe0ffd9")) + bytes(4)
    assert stream == example("camera-to-server")


@pytest.mark.parametrize(
    ("name", "encoded"),
    [
        ("move", encode_move(0.5, -1)),
        ("update", encode_update()),
        ("demand", encode_demand(10, 320)),
    ],
)
def test_the_messages_back_are_encoded_as_shown(name: str, encoded: bytes) -> None:
    assert example(name) == encoded


def test_the_viewers_example_is_decoded_as_told() -> None:
    connection = ViewerConnection()
    connection.receive_data(example("viewer-to-server"))
    assert connection.next_event() == ClientInfoReceived(7, None)
    assert connection.next_event() == MoveReceived(0.5, -1)
    assert connection.buffered_bytes == 0


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1 to 1024: bytes, not characters", MAX_TOKEN_BYTES),
        ("(8,388,608 unless set otherwise)", MAX_FRAME_BYTES),
        ("Up to 65,536 bytes behind the last", MAX_PADDING_BYTES),
        ("the server keeps at most 65,536 bytes", MAX_UNVERIFIED_BYTES),
        ("and 1000 when some", int(UNLIMITED_FPS)),
        ("| length | 4 | integer, 1 to 1024 |", MAX_CLIENT_INFO_BYTES),
        ("`More than 65536 bytes at once`", MAX_VIEWER_BYTES),
    ],
)
def test_the_numbers_on_the_page_are_those_in_the_code(text: str, number: int) -> None:
    assert text in PAGE
    assert str(number) in text.replace(",", "")


def test_the_names_on_the_page_are_those_in_the_code() -> None:
    assert f"`{INGEST_PATH}`" in PAGE
    assert f"`{SUBPROTOCOL}`" in PAGE
