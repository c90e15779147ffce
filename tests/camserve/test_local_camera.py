import itertools
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from camclient.sources import Capture, InvalidSourceError, Source, SourceError
from camserve import local_camera as module
from camserve.local_camera import QUALITY, LocalCamera, local_camera
from camserve.web import LocalCameraError
from tests.camclient.fakes import BrokenCapture, FakeCapture, FakeSource
from tests.camserve.web.http_viewer import fetch
from tests.serving import running_server

TIMEOUT = 10.0  # seconds; far more than anything here takes


def numbered() -> Iterator[Capture]:
    return (FakeCapture(str(number).encode()) for number in itertools.count())


def film() -> FakeSource:
    return FakeSource(numbered, pace=500.0)


@asynccontextmanager
async def running(source: Source, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LocalCamera]:
    monkeypatch.setattr(module, "parse_source", lambda spec: source)
    camera = local_camera("fake")
    async with trio.open_nursery() as nursery:
        nursery.start_soon(camera.run)
        with trio.fail_after(TIMEOUT):
            yield camera
        nursery.cancel_scope.cancel()


async def eventually(fits: Callable[[], bool]) -> None:
    """Wait for what a thread does."""
    with trio.fail_after(TIMEOUT):
        while not fits():  # noqa: ASYNC110  # it does not tell
            await trio.sleep(0.005)


async def test_a_picture_is_taken_when_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    source = film()
    async with running(source, monkeypatch) as camera:
        assert source.opened == 0
        picture = await camera.take()
        assert picture[-1] == QUALITY
        # Each is newer than the last, and the camera stays open in between.
        later = await camera.take()
        assert int(later[:-1]) > int(picture[:-1])
        assert source.opened == 1
    assert source.closed >= 1


async def test_the_camera_is_let_go_of_and_opened_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PICTURE_TIMEOUT", 0.2)
    monkeypatch.setattr(module, "KEEP_OPEN", -0.1)
    source = film()
    async with running(source, monkeypatch) as camera:
        for round_ in (1, 2):
            await camera.take()
            assert source.opened == round_
            await eventually(lambda: source.closed == source.opened)


class SlowToClose(FakeSource):
    """Its driver takes a while to let go."""

    def __init__(self) -> None:
        super().__init__(numbered, pace=500.0)
        self.closing = threading.Event()
        self.go_on = threading.Event()

    def close(self) -> None:
        if self.opened == 1:
            self.closing.set()
            self.go_on.wait(TIMEOUT)
        super().close()


async def test_who_asks_while_it_is_let_go_of_gets_a_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PICTURE_TIMEOUT", 2.0)
    monkeypatch.setattr(module, "KEEP_OPEN", -1.9)
    source = SlowToClose()
    async with running(source, monkeypatch) as camera:
        await camera.take()
        await eventually(source.closing.is_set)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(camera.take)
            await trio.testing.wait_all_tasks_blocked()
            source.go_on.set()
        assert source.opened >= 2


async def test_a_camera_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PICTURE_TIMEOUT", 0.2)
    async with running(FakeSource(lambda: iter([SourceError("gone")])), monkeypatch) as camera:
        began = trio.current_time()
        async with trio.open_nursery() as nursery:

            async def ask() -> None:
                with pytest.raises(LocalCameraError, match="cannot be read"):
                    await camera.take()

            # All of them within the one timeout, not one after the other.
            for _ in range(10):
                nursery.start_soon(ask)
        assert trio.current_time() - began < 1


async def test_a_picture_that_cannot_be_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FakeSource(lambda: itertools.repeat(BrokenCapture()), pace=500.0)
    async with running(source, monkeypatch) as camera:
        with pytest.raises(LocalCameraError, match="no such colours"):
            await camera.take()


async def test_several_who_ask_at_once_are_all_served(monkeypatch: pytest.MonkeyPatch) -> None:
    async with running(film(), monkeypatch) as camera:
        pictures: list[bytes] = []

        async def ask() -> None:
            pictures.append(await camera.take())

        async with trio.open_nursery() as nursery:
            for _ in range(5):
                nursery.start_soon(ask)
        assert len(pictures) == 5


def test_what_is_no_source() -> None:
    with pytest.raises(InvalidSourceError, match=r"^--local-camera: expected "):
        local_camera(" ")


@pytest.mark.parametrize("target", ["/image", "/camera/image"])
async def test_the_route_answers_with_a_picture(tmp_path: Path, target: str) -> None:
    async with running_server(tmp_path, local_camera="test") as server:
        answer = await fetch(server, target)
        assert answer.status == 200
        assert answer.head["content-type"] == "image/jpeg"
        assert answer.body.startswith(b"\xff\xd8\xff")
        assert answer.body.endswith(b"\xff\xd9")


async def test_the_route_says_when_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PICTURE_TIMEOUT", 0.3)
    missing = str(tmp_path / "missing.mp4")
    async with running_server(tmp_path, local_camera=missing) as server:
        answer = await fetch(server, "/image")
        assert answer.status == 503
        assert answer.head["retry-after"].isdigit()
        assert answer.body.startswith(b'{"message": ')
