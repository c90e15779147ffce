import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.wire import (
    MAX_TOKEN_BYTES,
    CameraIdReceived,
    ClientConnection,
    LocalProtocolError,
    MoveReceived,
    ServerConnection,
    TokenReceived,
    encode_move,
)

from .streams import cut_at, frame_events, payloads, places, run, tokens


def greeted() -> ClientConnection:
    connection = ClientConnection()
    connection.send_hello(1, "token")
    return connection


def test_the_bytes_of_a_hello() -> None:
    # The token's length counts bytes, not characters.
    assert ClientConnection().send_hello(258, "tök") == b"\x02\x01\0\0\x04\0\0\0t\xc3\xb6k"


def test_the_bytes_of_a_frame() -> None:
    assert greeted().send_frame(b"\xff\xd8\xff\xd9") == b"\x04\0\0\0\xff\xd8\xff\xd9"
    assert greeted().send_frame_header(30_000) == b"\x30\x75\0\0"


def test_the_bytes_of_a_keep_alive() -> None:
    assert greeted().send_keep_alive() == b"\0\0\0\0"


@pytest.mark.parametrize("camera_id", [0, -1, 2**31])
def test_a_hello_needs_an_id_that_a_camera_can_have(camera_id: int) -> None:
    with pytest.raises(LocalProtocolError, match=str(camera_id)):
        ClientConnection().send_hello(camera_id, "token")


@pytest.mark.parametrize("token", ["", "x" * (MAX_TOKEN_BYTES + 1), "ö" * 513, "\ud800"])
def test_a_hello_needs_a_token_that_the_server_takes(token: str) -> None:
    connection = ClientConnection()
    with pytest.raises(LocalProtocolError):
        connection.send_hello(1, token)
    assert connection.send_hello(2**31 - 1, "x" * MAX_TOKEN_BYTES)  # the mistake changed nothing


def test_the_error_of_a_token_that_is_no_text_does_not_carry_it() -> None:
    with pytest.raises(LocalProtocolError) as caught:
        ClientConnection().send_hello(1, "secret\ud800")
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_there_is_one_hello() -> None:
    with pytest.raises(LocalProtocolError):
        greeted().send_hello(1, "token")


def test_nothing_goes_before_hello() -> None:
    connection = ClientConnection()
    with pytest.raises(LocalProtocolError):
        connection.send_frame(b"jpeg")
    with pytest.raises(LocalProtocolError):
        connection.send_frame_header(1)
    with pytest.raises(LocalProtocolError):
        connection.send_keep_alive()


def test_an_empty_frame_is_not_sent_by_mistake() -> None:
    # Its length would be taken for a keep-alive.
    with pytest.raises(LocalProtocolError):
        greeted().send_frame(b"")


@pytest.mark.parametrize("n", [0, -1, 2**31])
def test_a_frame_header_needs_a_length_that_it_can_hold(n: int) -> None:
    with pytest.raises(LocalProtocolError, match=str(n)):
        greeted().send_frame_header(n)


def test_messages_of_the_server_are_read() -> None:
    assert greeted().receive_message(encode_move(0.5, -1)) == MoveReceived(0.5, -1)


@pytest.mark.fuzz
@given(st.integers(min_value=1, max_value=2**31 - 1), tokens, payloads, places)
def test_the_server_reads_what_the_publisher_says(
    camera_id: int, token: str, frames: list[bytes], where: list[int]
) -> None:
    """Whatever the publisher encodes, the server decodes to the same, however it is cut."""
    publisher = ClientConnection()
    stream = publisher.send_hello(camera_id, token)
    for payload in frames:
        stream += publisher.send_frame(payload) if payload else publisher.send_keep_alive()
    assert run(ServerConnection(), cut_at(stream, where)) == (
        [CameraIdReceived(camera_id), TokenReceived(token), *frame_events(frames)],
        None,
    )
