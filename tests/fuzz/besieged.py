"""A real server in a thread of its own, a camera on it, and a stranger who says all that.

Its clock stands still but for the moments in which we move it, so that what waits for a time limit
does not make us wait, and an input does the same each time.
"""

import base64
import logging
import tempfile
import threading
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unittest import mock

import trio
import trio.testing

from camserve.relay import Hub
from tests.chaos.counted import living
from tests.raw_websocket import reset
from tests.serving import RunningServer, TestPublisher, jpeg, running_server

PICTURE = jpeg(b"what no stranger may see " * 4)
LEAKS = (PICTURE[10:60], base64.b64encode(PICTURE)[12:60])
LONG = 1e6  # seconds; no time limit that the tests move past
#: Longer than the server waits for a stranger's next byte, and than it delays an answer.
PATIENCE = 11.0  # seconds
FORGOTTEN = 100.0  # seconds after which nobody remembers wrong proofs
TRIES, STEP = 40, 1.0  # how often we look, and seconds that pass in between
PAUSE = 0.01  # seconds; for work that is done in threads


class Watch(logging.Handler):
    """Keeps what should not be in a log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.ERROR or record.exc_info:
            self.faults.append(logging.Formatter().format(record))


@dataclass
class Besieged:
    """The server's side of the siege; its methods are called from outside of its thread.

    settings: of the server
    """

    settings: dict[str, object]
    _watch: Watch = field(default_factory=Watch)
    _told: list[str | bytes] = field(default_factory=list)  # what the camera was told
    _hubs: list[Hub] = field(default_factory=list)
    _clock: trio.testing.MockClock = field(default_factory=trio.testing.MockClock)
    _ready: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        threading.Thread(target=self._run, daemon=True).start()
        assert self._ready.wait(30), self._watch.faults

    def suffers(self, port: str, pieces: Sequence[bytes]) -> bytes:
        """Let a stranger say this on a connection of its own; what it was answered.

        port: `http_port` or `ingest_port`

        Raises: AssertionError: somebody else felt it.
        """
        return trio.from_thread.run(self._suffer, port, pieces, trio_token=self._token)

    def _run(self) -> None:
        logging.getLogger().addHandler(self._watch)
        trio.run(self._serve, clock=self._clock)

    async def _serve(self) -> None:
        with tempfile.TemporaryDirectory() as directory, noted(self._hubs):
            async with running_server(
                Path(directory),
                stale_after=LONG,
                publisher_timeout=LONG,
                announce=False,
                **self.settings,  # type: ignore[arg-type]
            ) as server:
                self._server = server
                async with trio.open_nursery() as nursery:
                    await nursery.start(self._publish, server)
                    self._token = trio.lowlevel.current_trio_token()
                    await trio.testing.wait_all_tasks_blocked(PAUSE)
                    (hub,) = self._hubs
                    self._hub, self._latest = hub, hub.latest(1)
                    self._ready.set()
                    await trio.sleep_forever()

    async def _publish(self, server: RunningServer, *, task_status: trio.TaskStatus[None]) -> None:
        async with server.publisher(server.cameras[0]) as publisher:
            await publisher.send(PICTURE)
            while self._hubs[0].latest(1) is None:
                await trio.testing.wait_all_tasks_blocked(PAUSE)
            task_status.started()
            await self._listen(publisher)

    async def _listen(self, publisher: TestPublisher) -> None:
        while True:
            self._told.append(await publisher.socket.get_message())

    async def _suffer(self, port: str, pieces: Sequence[bytes]) -> bytes:
        self._told.clear()
        tasks = living_tasks()
        answer = bytearray()
        stream = await trio.open_tcp_stream("127.0.0.1", getattr(self._server, port))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(read_all, stream, answer)
            for piece in pieces:
                try:
                    await stream.send_all(piece)
                except trio.BrokenResourceError:
                    break
                await trio.testing.wait_all_tasks_blocked()
            await self._pass_time(PATIENCE)
            reset(stream.socket)
            nursery.cancel_scope.cancel()
        await self._pass_time(FORGOTTEN)
        await self._recover(tasks)
        self._assert_unharmed()
        return bytes(answer)

    async def _pass_time(self, seconds: float) -> None:
        await trio.testing.wait_all_tasks_blocked()
        self._clock.jump(seconds)
        await trio.testing.wait_all_tasks_blocked()

    async def _recover(self, tasks: Counter[str]) -> None:
        """Wait until no more tasks live than these: all that served the stranger has to end."""
        for _ in range(TRIES):
            if not living_tasks() - tasks:
                return
            await trio.testing.wait_all_tasks_blocked(PAUSE)
            self._clock.jump(STEP)
        raise AssertionError(f"the stranger has left, and still there are\n{described(tasks)}")

    def _assert_unharmed(self) -> None:
        assert not self._watch.faults, self._watch.faults
        assert self._hub.latest(1) is self._latest, "a stranger published"
        assert self._hub.publisher(1) is not None, "the camera was thrown out"
        cameras = self._server.registry.cameras()
        assert cameras == self._server.cameras, "a stranger changed the cameras"
        if "viewer_password" in self.settings:
            assert not self._told, f"a stranger moved the camera: {self._told}"


@contextmanager
def noted(hubs: list[Hub]) -> Iterator[None]:
    """Keep each hub that is made; the server does not hand its own out."""
    make = Hub.__init__

    def make_and_note(hub: Hub, *args: object, **named: object) -> None:
        make(hub, *args, **named)  # type: ignore[arg-type]
        hubs.append(hub)

    with mock.patch.object(Hub, "__init__", make_and_note):
        yield


async def read_all(stream: trio.SocketStream, answer: bytearray) -> None:
    try:
        async for data in stream:
            answer += data
    except (trio.BrokenResourceError, trio.ClosedResourceError):
        pass


def described(tasks: Counter[str]) -> str:
    """Where those are that live besides these."""
    root = trio.lowlevel.current_root_task()
    assert root is not None
    more = living_tasks() - tasks
    return "\n".join(
        f"{task.name}\n{''.join(traceback.StackSummary.extract(task.iter_await_frames()).format())}"
        for task in living(root)
        if task.name in more
    )


def living_tasks() -> Counter[str]:
    root = trio.lowlevel.current_root_task()
    assert root is not None
    return Counter(task.name for task in living(root))


def besieged(**settings: object) -> Besieged:
    """The server with these settings; started once, and for as long as the process lives."""
    return _besieged(tuple(sorted(settings.items())))


@cache
def _besieged(settings: tuple[tuple[str, object], ...]) -> Besieged:
    made = Besieged(dict(settings))
    made.start()
    return made


def assert_hides_pictures(answer: bytes) -> None:
    assert not any(leak in answer for leak in LEAKS), "a stranger saw the picture"


def assert_is_http(answer: bytes) -> None:
    """It may be empty; the other side is no server that broke down."""
    assert not answer or answer.startswith((b"HTTP/1.1 ", b"HTTP/1.0 ", b"\x00\x00")), answer[:80]
    assert not answer.startswith((b"HTTP/1.1 500", b"HTTP/1.1 502")), answer[:300]
