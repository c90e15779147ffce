"""`WS /live`: what is said on it, in both directions."""

import json
import struct
import time
from datetime import datetime
from pathlib import Path

import pytest
import trio

from tests.camserve.web.http_viewer import TIMEOUT, described, fetch, until
from tests.camserve.web.live_viewer import live_viewer
from tests.raw_websocket import BINARY, PING, PONG, TEXT
from tests.serving import RunningServer, jpeg, running_server


async def test_every_byte_of_a_status_and_a_frame(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        await publisher.send(jpeg(b"one"))
        await until(server, lambda camera: camera["state"] == "online")
        await viewer.say("watch")
        at = (await described(server))["last_active"]
        assert await viewer.text() == (
            b'{"op": "status", "camera": 1, "name": "camera 1", "state": "online", '
            b'"last_active": "%b", "controls": ["move"]}' % str(at).encode()
        )
        opcode, message = await viewer.message()
        assert opcode == BINARY
        snapshot = await fetch(server, "/cameras/1/snapshot.jpg")
        sequence = int(snapshot.head["x-frame-sequence"])
        arrived = round(float(snapshot.head["x-timestamp"]) * 1_000_000)
        assert message == struct.pack("<IQQ", 1, sequence, arrived) + jpeg(b"one")
        assert abs(arrived / 1_000_000 - time.time()) < 60
        assert datetime.fromisoformat(str(at)).timestamp() == pytest.approx(
            arrived / 1_000_000, abs=0.01
        )


@pytest.mark.parametrize(
    ("offered", "agreed"),
    [
        ((), None),
        (("camserve.live.v1",), "camserve.live.v1"),
        (("other", "camserve.live.v1"), "camserve.live.v1"),
        (("other",), None),
    ],
)
async def test_the_subprotocol_is_agreed_to_if_it_is_offered(
    server: RunningServer, offered: tuple[str, ...], agreed: str | None
) -> None:
    async with live_viewer(server, protocols=offered) as viewer:
        head = viewer.socket.response.decode().lower()
        if agreed is None:
            assert "sec-websocket-protocol" not in head
        else:
            assert f"\r\nsec-websocket-protocol: {agreed}" in head
        assert (await viewer.watch())["state"] == "offline"


async def test_the_status_is_told_at_each_change(tmp_path: Path) -> None:
    async with running_server(tmp_path, stale_after=0.3) as server, live_viewer(server) as viewer:
        assert await viewer.watch() == {
            "op": "status",
            "camera": 1,
            "name": "camera 1",
            "state": "offline",
            "last_active": None,
            "controls": ["move"],
        }
        async with server.publisher(server.cameras[0]) as publisher:
            assert (await viewer.told())["state"] == "stale"  # connected, and nothing more
            await publisher.send(jpeg())
            seen = []
            for _ in range(3):
                opcode, payload = await viewer.message()
                seen.append(json.loads(payload)["state"] if opcode == TEXT else "frame")
            assert sorted(seen[:2]) == ["frame", "online"]
            assert seen[2] == "stale"
            # As another process does it.
            server.registry.change(1, name="front door")
            assert (await viewer.told())["name"] == "front door"
            server.registry.change(1, movable=False)
            told = await viewer.told()
            assert told["controls"] == []
            assert told["last_active"] is not None
        assert (await viewer.told())["state"] == "offline"


async def test_a_status_does_not_wait_for_an_acknowledgement_or_a_rhythm(
    server: RunningServer,
) -> None:
    async with server.publisher(server.cameras[0]) as publisher, live_viewer(server) as viewer:
        await publisher.send(jpeg(0))
        await until(server, lambda camera: camera["state"] == "online")
        await viewer.watch()
        for number in range(1, 3):
            await viewer.frame()
            await publisher.send(jpeg(number))
        await viewer.nothing_came()
        server.registry.change(1, name="window full")
        assert (await viewer.told())["name"] == "window full"
        async with live_viewer(server) as thinned:
            await thinned.watch(fps=0.01)
            await thinned.frame()
            server.registry.change(1, name="resting")
            assert (await thinned.told())["name"] == "resting"


async def test_a_camera_that_never_sent_anything_is_waited_for(server: RunningServer) -> None:
    async with live_viewer(server) as viewer:
        assert (await viewer.watch())["state"] == "offline"
        await viewer.nothing_came()
        async with server.publisher(server.cameras[0]) as publisher:
            await viewer.told()
            await publisher.send(jpeg(b"first"))
            while (message := await viewer.message())[0] == TEXT:
                pass
            assert message[1].endswith(jpeg(b"first"))


async def test_it_outlives_its_camera(server: RunningServer) -> None:
    async with live_viewer(server) as viewer:
        await viewer.watch()
        for content in (b"before", b"after"):
            async with server.publisher(server.cameras[0]) as publisher:
                await publisher.send(jpeg(content))
                while (message := await viewer.message())[0] == TEXT:
                    pass
                assert message[1].endswith(jpeg(content))
            await until(server, lambda camera: camera["state"] == "offline")


@pytest.mark.parametrize(
    ("text", "names", "expects"),
    [
        ('{"op": "watch", "camera": 9}', "camera", "9"),
        ('{"op": "watch", "camera": "1"}', "camera", "whole number"),
        ('{"op": "watch"}', "camera", "whole number"),
        ('{"op": "watch", "camera": 1, "fps": 0}', "fps", "above 0"),
        ('{"op": "watch", "camera": 1, "fps": "10"}', "fps", "above 0"),
        ('{"op": "watch", "camera": 1, "width": 15}', "width", "16 to 8192"),
        ('{"op": "watch", "camera": 1, "width": 320.5}', "width", "whole number"),
        ('{"op": "ack", "camera": 1}', "seq", "whole number"),
        ('{"op": "move", "camera": 1, "x": 2, "y": 0}', "x", "-1 to 1"),
        ('{"op": "move", "camera": 1, "x": 0}', "y", "-1 to 1"),
        ('{"op": "move", "camera": 9, "x": 0, "y": 0}', "camera", "9"),
        ('{"op": "jump", "camera": 1}', "op", "watch, unwatch, ack or move"),
        ("[1]", "object", "expected"),
        ("{", "json", ""),
        ("[" * 16000, "json", ""),
        ("", "json", ""),
    ],
)
async def test_errors_name_the_field_and_the_socket_stays(
    server: RunningServer, text: str, names: str, expects: str
) -> None:
    async with live_viewer(server) as viewer:
        await viewer.socket.send(text.encode(), TEXT)
        message = await viewer.error()
        assert names in message.lower()
        assert expects in message
        assert (await viewer.watch())["camera"] == 1


async def test_a_binary_message_is_an_error_and_the_socket_stays(server: RunningServer) -> None:
    async with live_viewer(server) as viewer:
        await viewer.socket.send(b'{"op": "watch", "camera": 1}')
        assert "text" in await viewer.error()
        assert (await viewer.watch())["camera"] == 1


async def test_a_move_arrives_at_the_camera(server: RunningServer) -> None:
    async with live_viewer(server) as viewer:
        await viewer.say("move", x=0.5, y=-1)
        assert await viewer.error() == "Camera 1 is offline"
        async with server.publisher(server.cameras[0]) as publisher:
            await until(server, lambda camera: camera["state"] == "stale")
            await viewer.say("move", x=0.5, y=-1)
            with trio.fail_after(TIMEOUT):
                message = await publisher.socket.get_message()
            assert message == struct.pack("<iff", 1, 0.5, -1)
            server.registry.change(1, movable=False)
            await until(server, lambda camera: camera["controls"] == [])
            await viewer.say("move", x=0.5, y=-1)
            assert await viewer.error() == "Camera 1 cannot be moved"


async def test_a_removed_camera_is_told_and_the_others_go_on(server: RunningServer) -> None:
    async with server.publisher(server.cameras[1]) as publisher, live_viewer(server) as viewer:
        await viewer.watch(1)
        assert (await viewer.watch(2))["camera"] == 2
        server.registry.remove(1)
        messages = [await viewer.told()]
        while messages[-1]["op"] == "status":  # camera 2 has connected
            messages.append(await viewer.told())
        assert messages[-1] == {"op": "error", "message": "Camera 1 was removed"}
        await publisher.send(jpeg(b"two"))
        while (message := await viewer.message())[0] == TEXT:
            pass
        assert message[1].endswith(jpeg(b"two"))
        # Added again, it can be watched again.
        server.registry.add("again", camera_id=1)
        await until(server, lambda camera: camera.get("name") == "again")
        while (told := await viewer.watch(1))["camera"] != 1:
            pass
        assert told["name"] == "again"


async def test_pings_are_answered(server: RunningServer) -> None:
    async with live_viewer(server) as viewer:
        await viewer.socket.send(b"are you there?", PING)
        assert await viewer.message() == (PONG, b"are you there?")
