import struct

import pytest
import trio

from camserve.web import output_socket
from tests.camserve.web.http_viewer import TIMEOUT, fetch, until
from tests.camserve.web.socket_viewer import (
    PATH,
    client_info,
    move,
    picture,
    raw_viewer,
    socket_viewer,
)
from tests.raw_websocket import CLOSE, PING, PONG, TEXT, RawWebSocket
from tests.serving import RunningServer, jpeg

pytestmark = pytest.mark.usefixtures("plain_and_tls_servers")

PATHS = pytest.mark.parametrize("path", [PATH, "/camera" + PATH])


async def closed(socket: RawWebSocket) -> tuple[int, str]:
    with trio.fail_after(TIMEOUT):
        return await socket.closed()


@PATHS
async def test_one_message_per_frame_is_the_raw_jpeg(server: RunningServer, path: str) -> None:
    pictures = [jpeg(b"1"), jpeg(b"\x00\xff" * 50), jpeg(b"3", 100_000), jpeg(b"4", 200)]
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(pictures[0])
        await until(server, lambda camera: camera["state"] == "online")
        async with raw_viewer(server, path=path) as viewer:
            await viewer.send(client_info(1, "any token"))
            with trio.fail_after(TIMEOUT):
                # The latest at once, then each new one.
                assert await picture(viewer) == pictures[0]
                for new in pictures[1:]:
                    await publisher.send(new)
                    assert await picture(viewer) == new


@pytest.mark.parametrize("camera_id", [1, "1"])
@pytest.mark.parametrize("opcode", [2, TEXT])
async def test_the_client_info_may_come_in_any_form(
    server: RunningServer, camera_id: object, opcode: int
) -> None:
    info = client_info(camera_id, more=[1, 2])
    for size in (len(info), 1, 5):
        async with raw_viewer(server) as viewer:
            for start in range(0, len(info), size):
                await viewer.send(info[start : start + size], opcode)
            await until(server, lambda camera: camera["viewers"] == 1)
        await until(server, lambda camera: camera["viewers"] == 0)


@pytest.mark.parametrize(
    "said",
    [
        struct.pack("<i", 0),
        struct.pack("<i", -1),
        struct.pack("<i", 1025),
        struct.pack("<i", 2**31 - 1),
        struct.pack(">i", 30),
        struct.pack("<i", 4) + b"\xff\xfe{}",
        struct.pack("<i", 2) + b"{}",
        struct.pack("<i", 2) + b"[]",
        struct.pack("<i", 5) + b"[[[[[",
        client_info(None),
        client_info(1.5),
        client_info("1_0"),
        client_info("one"),
        client_info(True),
        client_info(1, token=5),
        client_info(1, more="x" * 1000),
    ],
)
async def test_malformed_client_info(server: RunningServer, said: bytes) -> None:
    async with raw_viewer(server) as viewer:
        await viewer.send(said)
        assert await closed(viewer) == (1007, "Invalid client info")


@pytest.mark.parametrize("camera_id", [9, 0, -1, "9"])
async def test_no_such_camera(server: RunningServer, camera_id: object) -> None:
    async with raw_viewer(server) as viewer:
        await viewer.send(client_info(camera_id))
        assert await closed(viewer) == (1008, f"No camera with id {camera_id} exists")


async def test_who_says_nothing_is_closed(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_socket, "INFO_TIMEOUT", 0.1)
    async with raw_viewer(server) as viewer:
        assert (await closed(viewer))[0] == 1008


async def test_a_camera_that_was_never_seen_is_waited_for(server: RunningServer) -> None:
    async with socket_viewer(server) as viewer:
        await until(server, lambda camera: camera["viewers"] == 1)
        async with server.publisher(server.cameras[0]) as publisher:
            await publisher.send(jpeg(b"first"))
            with trio.fail_after(TIMEOUT):
                assert await picture(viewer) == jpeg(b"first")


async def test_it_outlives_its_camera(server: RunningServer) -> None:
    async with socket_viewer(server) as viewer:
        for content in (b"before", b"after"):
            async with server.publisher(server.cameras[0]) as publisher:
                await publisher.send(jpeg(content))
                with trio.fail_after(TIMEOUT):
                    assert await picture(viewer) == jpeg(content)
            await until(server, lambda camera: camera["state"] == "offline")


async def test_moves_reach_the_camera_little_endian(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, socket_viewer(server) as viewer:
        await publisher.send(jpeg())
        await until(server, lambda camera: camera["viewers"] == 1)
        for x, y in ((0.25, -1.0), (1.0, 0.0)):
            await viewer.send(move(x, y))
            with trio.fail_after(TIMEOUT):
                assert await publisher.socket.get_message() == struct.pack("<iff", 1, x, y)


async def test_moves_that_no_camera_can_follow_are_skipped(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, socket_viewer(server) as viewer:
        await publisher.send(jpeg())
        await until(server, lambda camera: camera["viewers"] == 1)
        both = move(float("nan"), 0) + move(1.5, 0) + move(0.5, 0.5)
        for start in range(len(both)):
            await viewer.send(both[start : start + 1])
        with trio.fail_after(TIMEOUT):
            assert await publisher.socket.get_message() == struct.pack("<iff", 1, 0.5, 0.5)


async def test_a_move_for_a_camera_that_is_offline_is_lost(server: RunningServer) -> None:
    async with socket_viewer(server) as viewer:
        await viewer.send(move(1, 1))
        async with server.publisher(server.cameras[0]) as publisher:
            await publisher.send(jpeg())
            with trio.fail_after(TIMEOUT):
                assert await picture(viewer) == jpeg()


async def test_unknown_messages_end_the_connection_between_two_frames(
    server: RunningServer,
) -> None:
    large = jpeg(b"x", 3_000_000)
    async with server.publisher(server.cameras[0]) as publisher:
        await publisher.send(large)
        await until(server, lambda camera: camera["state"] == "online")
        async with socket_viewer(server, receive_buffer=4096) as viewer:
            await until(server, lambda camera: camera["viewers"] == 1)
            # The picture is half-way when this comes.
            await viewer.send(struct.pack("<i", 99))
            await fetch(server, "/healthz")
            with trio.fail_after(TIMEOUT):
                assert await picture(viewer) == large
            assert (await closed(viewer))[0] == 1002


async def test_a_message_that_is_too_long(server: RunningServer) -> None:
    async with socket_viewer(server) as viewer:
        await viewer.send(move(0, 0) * 2000)
        assert (await closed(viewer))[0] == 1009


async def test_pings_are_answered_and_empty_messages_harmless(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, raw_viewer(server) as viewer:
        await viewer.send(b"")
        await viewer.send(b"before", PING)
        with trio.fail_after(TIMEOUT):
            assert await viewer.message() == (PONG, b"before")
            await viewer.send(client_info(1))
            await viewer.send(b"")
            await viewer.send(b"", TEXT)
            for number in range(3):
                await publisher.send(jpeg(number))
                assert await picture(viewer) == jpeg(number)
                await viewer.send(b"between", PING)
                assert await viewer.message() == (PONG, b"between")


async def test_a_close_is_answered(server: RunningServer) -> None:
    async with socket_viewer(server) as viewer:
        await viewer.send(struct.pack("!H", 1000) + b"bye", CLOSE)
        assert (await closed(viewer))[0] == 1000
        with trio.fail_after(TIMEOUT):
            await viewer.end()
    await until(server, lambda camera: camera["viewers"] == 0)


@pytest.mark.parametrize("removed", [True, False])
async def test_the_end_of_a_stream_is_a_proper_close(server: RunningServer, removed: bool) -> None:
    async with server.publisher(server.cameras[0]) as publisher, socket_viewer(server) as viewer:
        await publisher.send(jpeg())
        with trio.fail_after(TIMEOUT):
            await picture(viewer)
        if removed:
            server.registry.remove(1)
        else:
            server.stop.set()
        assert (await closed(viewer))[0] == 1001
