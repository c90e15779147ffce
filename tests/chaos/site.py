"""All parts, started, and what can be done to them."""

import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio

from tests.chaos.counted import Holdings, counted, holdings
from tests.chaos.judge import Judge, Sight
from tests.chaos.old_camera import OldCamera
from tests.chaos.viewer import Viewer
from tests.chaos.watching import KINDS
from tests.links.link import Link, open_link
from tests.links.stamped import StampedSource
from tests.processes import Program, environment, ready, register

FPS, SIZE = 10, 8_000  # of each camera, bytes
CAMERAS = 3
SERVER_END, CAMERA_END = 5.0, 5.0  # seconds from SIGTERM to the end
#: Short, so that what waits for them does not make the test wait.
TIMEOUTS = ("--stalled-viewer-timeout", "5", "--publisher-timeout", "6", "--stale-after", "3")
LOG_SHOWN = 2000  # characters of each program's, when something went wrong
#: In all logs: the sign of an error that nobody expected.
UNHANDLED = ("Traceback", " ERROR ", " CRITICAL ")


class Site:
    """The server, its cameras and viewers, and the links between them."""

    def __init__(self, directory: Path, judge: Judge, nursery: trio.Nursery) -> None:
        self.judge = judge
        self.viewers: list[Viewer] = []
        self.programs: list[Program] = []  # all that ever ran
        self.http_port = self.ingest_port = 0
        self.cameras: dict[int, Program] = {}
        self.server: Program
        self.old_camera: OldCamera
        self.camera_link: Link
        self.viewer_link: Link
        self._directory = directory
        self._nursery = nursery
        self._inside: list[trio.CancelScope] = []  # of the viewers and the old camera
        names = [f"camera {number + 1}" for number in range(CAMERAS)]
        self.identities = register(directory / "data", *names)

    async def start_server(self) -> None:
        ports = ("--port", str(self.http_port), "--ingest-port", str(self.ingest_port))
        data = ("--data-dir", str(self._directory / "data"))
        self.server = self._run("server", "camserve", "run", *data, *ports, *TIMEOUTS)
        real = await trio.to_thread.run_sync(ready, self.server)
        self.http_port, self.ingest_port = real.http_port, real.ingest_port

    async def start_cameras(self) -> None:
        self.start_camera(1)
        self.start_camera(2)
        source = StampedSource(FPS, SIZE, 3)
        self.old_camera = OldCamera(self.http_port, *self.identities[2], source)
        self._nursery.start_soon(self._run_inside, self.old_camera.publish)

    def start_camera(self, number: int) -> None:
        port = self.camera_link.port if number == 1 else self.ingest_port
        camera_id, token = self.identities[number - 1]
        words = ["--server", f"ws://127.0.0.1:{port}", "--camera-id", str(camera_id)]
        words += ["--token", token, "--fps", str(FPS), "--source"]
        if number == 1:
            module, source = "tests.links.camera", f"stamped:{SIZE}:{number}"
        else:
            program = f"{sys.executable} -m tests.chaos.program {number} {FPS} {SIZE}"
            module, source = "camclient", f"exec:{program}"
        self.cameras[number] = self._run(f"camera {number}", module, *words, source)

    def start_viewers(self) -> None:
        for camera in range(1, CAMERAS + 1):
            for kind in KINDS:
                name = f"{kind} {camera}"
                parts = frozenset({"server", "viewers", f"camera {camera}", name})
                sight = Sight(kind, camera, parts)
                viewer = Viewer(self.judge, sight, self.viewer_link.port)
                self.viewers.append(viewer)
                self._nursery.start_soon(self._run_inside, viewer.watch)

    async def _run_inside(self, play: Callable[[], Awaitable[None]]) -> None:
        with trio.CancelScope() as scope:
            self._inside.append(scope)
            await play()

    def go_away(self) -> None:
        """The viewers and the old camera leave for good."""
        for scope in self._inside:
            scope.cancel()

    async def all_see(self) -> None:
        """Wait until every viewer has got a picture that was taken from now on."""
        async with trio.open_nursery() as nursery:
            for viewer in self.viewers:
                nursery.start_soon(viewer.picture)

    async def server_holdings(self) -> Holdings:
        return await holdings(self.server, self._directory / "server")

    async def camera_holdings(self, number: int) -> Holdings:
        return await holdings(self.cameras[number], self._directory / f"camera {number}")

    async def end(self, program: Program, within: float) -> None:
        """End it with SIGTERM, as service managers do.

        Raises: AssertionError: not well, or not in time.
        """
        began = time.monotonic()
        program.process.send_signal(signal.SIGTERM)
        status = await trio.to_thread.run_sync(program.wait)
        took = time.monotonic() - began
        assert status == 0, f"ended with status {status}: {program.err.text[-2000:]}"
        assert took < within, f"took {took:.1f} s to end: {program.err.text[-2000:]}"

    async def kill(self, program: Program) -> None:
        program.process.kill()
        await trio.to_thread.run_sync(program.wait)

    def kill_all(self) -> None:
        for program in self.programs:
            program.process.kill()
            program.wait()

    def assert_nothing_unhandled(self) -> None:
        for program in self.programs:
            text = program.err.text
            for sign in UNHANDLED:
                assert sign not in text, text[max(0, text.index(sign) - 1000) :][:4000]

    def _run(self, name: str, module: str, *words: str) -> Program:
        program = Program(counted(self._directory / name, module, *words), env=environment())
        self.programs.append(program)
        return program


@asynccontextmanager
async def open_site(directory: Path) -> AsyncIterator[Site]:
    """A server and the links; nothing is connected yet."""
    async with trio.open_nursery() as nursery:
        site = Site(directory, Judge(), nursery)
        try:
            await site.start_server()
            async with open_link(site.ingest_port) as camera, open_link(site.http_port) as viewers:
                site.camera_link, site.viewer_link = camera, viewers
                yield site
                nursery.cancel_scope.cancel()
        except BaseException as error:
            site.kill_all()
            for program in site.programs:
                error.add_note(f"{program.process.args!r}\n{program.err.text[-LOG_SHOWN:]}")
            raise
        finally:
            site.kill_all()
