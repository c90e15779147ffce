"""Who comes and goes: viewers of all kinds, cameras, and people who have no business here."""

import json
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress

import trio

from camserve.wire import ClientConnection
from tests import attacks
from tests.camserve.web.http_viewer import HttpViewer
from tests.chaos.judge import Judge, Sight
from tests.chaos.old_camera import OldCamera
from tests.chaos.viewer import ENDS, Viewer
from tests.raw_websocket import raw_websocket

STAY = 1.0, 8.0  # seconds that a viewer watches
AWAY = 0.0, 0.3  # seconds until the next one sits down there
CAMERA_STAYS = 5.0, 20.0  # seconds until a camera's network breaks
BETWEEN = 0.2, 1.0  # seconds between two visits of one who asks for something
PATIENCE = 10.0  # seconds for one visit


async def seat(judge: Judge, sight: Sight, port: int, dice: random.Random) -> None:
    """One viewer after the other, of one kind and camera."""
    while True:
        viewer = Viewer(judge, sight, port)
        with trio.move_on_after(dice.uniform(*STAY)):
            await viewer.watch()
        await trio.sleep(dice.uniform(*AWAY))


async def bad_network(camera: OldCamera, dice: random.Random) -> None:
    while True:
        await trio.sleep(dice.uniform(*CAMERA_STAYS))
        camera.vanish()


class Visits:
    """What visitors do, by name, on a server with these ports; counted.

    Attributes:
        made: how many of each
    """

    def __init__(self, http_port: int, ingest_port: int, dice: random.Random) -> None:
        self._http_port, self._ingest_port = http_port, ingest_port
        self._dice = dice
        self.deeds: dict[str, Callable[[], Awaitable[None]]] = {
            "moves": self._move,
            "snapshots": self._snapshot,
            "pages": self._page,
            "wrong camera tokens": self._wrong_camera_token,
            "wrong admin tokens": self._wrong_admin_token,
            "wrong uploads": self._wrong_upload,
            "rude strangers": self._rude_stranger,
        }
        self.made = dict.fromkeys(self.deeds, 0)

    async def go_on(self, name: str) -> None:
        """Again and again until cancelled."""
        while True:
            with trio.move_on_after(PATIENCE), suppress(*ENDS):
                await self.deeds[name]()
                self.made[name] += 1
            await trio.sleep(self._dice.uniform(*BETWEEN))

    async def _ask(self, target: str, body: bytes = b"", **request: str) -> int:
        if body:
            request["Content_Length"] = str(len(body))
        async with await trio.open_tcp_stream("127.0.0.1", self._http_port) as stream:
            viewer = HttpViewer(stream)
            await viewer.send(target, Connection="close", **request)
            await stream.send_all(body)
            head = await viewer.read_head()
            await viewer.read_to_end()
            return head.status

    async def _move(self) -> None:
        x, y = self._dice.uniform(-1, 1), self._dice.uniform(-1, 1)
        body = json.dumps({"x": x, "y": y}).encode()
        status = await self._ask(
            "/cameras/1/move", body, method="POST", Content_Type="application/json"
        )
        assert status in {202, 409}, status

    async def _snapshot(self) -> None:
        camera, query = self._dice.randint(1, 3), self._dice.choice(["", "?max_age=0"])
        await self._ask(f"/cameras/{camera}/snapshot.jpg{query}")

    async def _page(self) -> None:
        for target in ("/", "/cameras", "/healthz", "/metrics", "/static/missing.js"):
            assert await self._ask(target) < 500

    async def _wrong_camera_token(self) -> None:
        hello = ClientConnection().send_hello(1, "wrong" * self._dice.randint(1, 100))
        async with raw_websocket(self._ingest_port) as stranger:
            await stranger.send(hello)
            code, _ = await stranger.closed()
            assert code == 1008, code

    async def _wrong_admin_token(self) -> None:
        token = self._dice.choice(["wrong", self._dice.randbytes(8).hex()])
        status = await self._ask(
            "/update?cameraId=1", method="POST", Authorization=f"Bearer {token}"
        )
        assert status in {401, 403, 429}, status

    async def _wrong_upload(self) -> None:
        form = b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % part
            for part in ((b"cameraId", b"1"), (b"token", b"wrong"), (b"image", bytes(20_000)))
        )
        status = await self._ask(
            "/update-image",
            form + b"--b--\r\n",
            method="POST",
            Content_Type="multipart/form-data; boundary=b",
        )
        assert status in {401, 429}, status

    async def _rude_stranger(self) -> None:
        attack = self._dice.choice([*attacks.THREE_KILLS, *attacks.RESETS])
        await attack(self._dice.choice([self._http_port, self._ingest_port]))
