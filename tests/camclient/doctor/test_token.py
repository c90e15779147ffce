"""A real server's answers to who we are."""

from pathlib import Path

import pytest
import trio

from camclient.doctor.server import dial
from camclient.doctor.token import check_token
from camclient.doctor.trouble import after_hello
from camclient.endpoint import parse_endpoint
from camclient.failures import ConnectionLostError, PushError, Refused, ReplacedError
from tests.camclient.fakes import CameraServer
from tests.serving import running_server


async def test_the_right_token_is_welcome_at_once(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        camera = server.cameras[0]
        async with dial(parse_endpoint(f"ws://127.0.0.1:{server.ingest_port}")) as line:
            assert line.tells_demand
            with trio.fail_after(5):  # without waiting for the silence to end
                said = await check_token(line, camera.id, server.token(camera), silence=3600)
    assert said == "the server takes us for camera 1"


@pytest.mark.parametrize(
    ("camera_id", "token", "reason", "command"),
    [
        (1, "wrong", "the server says: Invalid token", "camserve camera token 1"),
        (9, "wrong", "the server says: No camera with id 9 exists", "camserve camera list"),
    ],
)
async def test_what_a_server_refuses(
    tmp_path: Path, camera_id: int, token: str, reason: str, command: str
) -> None:
    async with running_server(tmp_path) as server:
        with pytest.raises(Refused) as refused:
            async with dial(parse_endpoint(f"ws://127.0.0.1:{server.ingest_port}")) as line:
                await check_token(line, camera_id, token, silence=3600)
    trouble = after_hello(refused.value, camera_id)
    assert str(trouble) == reason
    assert command in trouble.hints


async def test_an_older_server_says_nothing_when_it_is_content(server: CameraServer) -> None:
    async with dial(parse_endpoint(server.url)) as line:
        said = await check_token(line, 7, "secret", silence=0.05)
        assert said == "the server does not refuse us as camera 7"
        session = await server.next_session()
        await session.next_event()
        await session.next_event()
    await session.wait_gone()


@pytest.mark.parametrize("message", [b"\x01", b"\x63\0\0\0", "text"])
async def test_other_messages_are_no_answer(server: CameraServer, message: str | bytes) -> None:
    async with dial(parse_endpoint(server.url)) as line:
        session = await server.next_session()
        await session.socket.send_message(message)
        said = await check_token(line, 7, "secret", silence=0.05)
    assert said == "the server does not refuse us as camera 7"
    await session.wait_gone()


@pytest.mark.parametrize(
    ("error", "text", "hint"),
    [
        (ReplacedError("x"), "another program took over as camera 7", "an id of its own"),
        (ConnectionLostError("the connection broke"), "the connection broke", "the server's log"),
    ],
)
def test_other_endings(error: PushError, text: str, hint: str) -> None:
    trouble = after_hello(error, 7)
    assert str(trouble) == text
    assert hint in trouble.hints[0]
